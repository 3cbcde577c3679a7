import { globSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "./workspace.ts";

/** A TypeScript source file: its path from the repository's root, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Every TypeScript file that is kept in the repository, tests included. */
export function repositorySources(): SourceFile[] {
  const roots = "{packages,examples}/*/{src,test},{bench,runtime-tests,test-support,tools}";
  return globSync(`{${roots}}/**/*.{ts,tsx}`, { cwd: ROOT, exclude: ["**/node_modules", "**/dist"] })
    .sort()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));
}

/** Imports that go against the arrows: adapter → core, and nothing out of core except in `node/`. */
export function forbiddenImports(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    ts
      .preProcessFile(text)
      .importedFiles.map((imported) => imported.fileName)
      .flatMap((specifier) => {
        const reason = whyForbidden(path, specifier);
        return reason === undefined ? [] : [`${path} imports ${specifier}: ${reason}`];
      }),
  );
}

/** Which packages of ours each layer may import; an arrow that is not here is forbidden. Adapters share one row. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  delivery: ["core"],
  // Its CDEvents mapper, a subpath: the one arrow from a source to an adapter.
  ingest: ["core", "cdevents"],
  history: ["core", "cdevents", "tapio"],
  // The types of the answers; what runs in the browser imports nothing of ours.
  page: ["history"],
};
const ADAPTER: readonly string[] = ["core", "delivery"];

function whyForbidden(path: string, specifier: string): string | undefined {
  const [, packageName, folder] = /^packages\/([^/]+)\/src\/(?:([^/]+)\/)?/.exec(path) ?? [];
  if (packageName === undefined) return undefined;
  if (packageName === "core") {
    if (isBuiltin(specifier)) return folder === "node" ? undefined : "core is runtime-neutral outside of node/";
    if (!specifier.startsWith(".")) return "core has no dependencies";
    const subpath = /^\.\.?\/(node|testing)\//.exec(specifier)?.[1];
    return subpath === undefined ? undefined : `the core must not lean on its subpath ./${subpath}`;
  }
  if (specifier.startsWith("@alumiini-internal/")) return "what is published stands on nothing private";
  const imported = /^@alumiini\/([^/]+)/.exec(specifier)?.[1];
  if (imported === undefined || packageName === "cli") return undefined;
  const allowed = LAYERS[packageName] ?? ADAPTER;
  return allowed.includes(imported) ? undefined : `${packageName} may import ${allowed.join(" and ")} of ours alone`;
}
