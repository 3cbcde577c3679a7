import { cpSync, globSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { publishedPackages, ROOT } from "./workspace.ts";

/** The one file that a new event type is added in. */
export const TAXONOMY_FILE = "packages/core/src/event/taxonomy.ts";

/** The end of the table of rows, before which a new one is put. */
const END_OF_ROWS = "\n} as const satisfies ";

/** The repository's published packages with one event type more, compiled in memory. */
export interface EventTypeTrial {
  /** The files that the compiler no longer takes, by path: each asks for a decision about the new type. */
  readonly decisions: readonly string[];
  /** Writes the packages as JavaScript, where Node resolves them by name from `directory`. */
  emitInto(directory: string): void;
}

/** Adds a row to the taxonomy, in memory only, and compiles all published packages with it. */
export function tryEventType(row: string): EventTypeTrial {
  const packages = publishedPackages();
  const options = compilerOptions(packages);
  const host = ts.createCompilerHost(options);
  const { readFile } = host;
  host.readFile = (path) => {
    const text = readFile(path);
    return text !== undefined && path === join(ROOT, TAXONOMY_FILE) ? withRow(text, row) : text;
  };
  // The default host reads source files past `readFile`.
  host.getSourceFile = (path, languageVersion) => {
    const text = host.readFile(path);
    return text === undefined ? undefined : ts.createSourceFile(path, text, languageVersion);
  };
  const files = packages.flatMap((directory) => globSync(join(directory, "src/**/*.ts")));
  const program = ts.createProgram({ rootNames: files, options, host });
  const paths = ts.getPreEmitDiagnostics(program).map(({ file }) => relative(ROOT, file?.fileName ?? ""));
  return {
    decisions: [...new Set(paths)].sort(),
    emitInto(directory) {
      for (const source of packages) {
        const target = join(directory, "node_modules", nameOf(source));
        mkdirSync(target, { recursive: true });
        cpSync(join(source, "package.json"), join(target, "package.json"));
      }
      program.emit(undefined, (path, text) => {
        const [, folder = "", file = ""] = /\/packages\/([^/]+)\/src\/(.*)$/.exec(path) ?? [];
        const target = join(directory, "node_modules", nameOf(folder), "dist", file);
        mkdirSync(dirname(target), { recursive: true });
        writeFileSync(target, text);
      });
    },
  };
}

function withRow(text: string, row: string): string {
  const changed = text.replace(END_OF_ROWS, `\n${row}${END_OF_ROWS}`);
  if (changed === text) throw new Error(`${TAXONOMY_FILE} does not end its rows as expected`);
  return changed;
}

function compilerOptions(packages: readonly string[]): ts.CompilerOptions {
  const base = ts.readConfigFile(join(ROOT, "tsconfig.base.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(base.config, ts.sys, ROOT);
  return {
    ...options,
    noEmit: false,
    allowImportingTsExtensions: false,
    rootDir: ROOT,
    outDir: "/emitted",
    types: ["node"],
    typeRoots: [join(ROOT, "node_modules/@types")],
    // Packages see each other's sources, not what was built before.
    paths: Object.fromEntries(packages.flatMap((directory) => Object.entries(sourcesOf(directory)))),
  };
}

/** Where the sources of a package's entry points are: its `tsup.config.ts` says what each is built from. */
function sourcesOf(directory: string): Record<string, string[]> {
  const manifest: unknown = JSON.parse(ts.sys.readFile(join(directory, "package.json")) ?? "");
  const exported = JSON.stringify(manifest);
  const config = ts.sys.readFile(join(directory, "tsup.config.ts")) ?? "";
  const builtFrom = new Map(
    Array.from(config.matchAll(/([\w/]+)"?: "(src\/[^"]*\.ts)"/g), ([, file, source = ""]) => [file, source]),
  );
  const entries: Record<string, string[]> = {};
  for (const [, subpath = "", file = ""] of exported.matchAll(
    /"(\.[^"]*)":\{"import":\{"types":"[^"]*","default":"\.\/dist\/([^"]*)\.js"/g,
  )) {
    const source = builtFrom.get(file);
    if (source === undefined) throw new Error(`${directory}/tsup.config.ts does not say what ${file} is built from`);
    entries[nameOf(directory) + subpath.slice(1)] = [join(directory, source)];
  }
  return entries;
}

function nameOf(directory: string): string {
  return `@alumiini/${directory.slice(directory.lastIndexOf("/") + 1)}`;
}
