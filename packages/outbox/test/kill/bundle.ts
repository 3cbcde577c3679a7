import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

/** The child that is killed, as a program. */
export function bundleChild(): ReturnType<typeof bundle> {
  return bundle(join(import.meta.dirname, "child.ts"));
}

/** A program that any Node runs, from the sources of this package. */
export async function bundle(entryPoint: string): Promise<{ readonly program: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "outbox-child-"));
  const program = join(directory, "child.mjs");
  await build({
    entryPoints: [entryPoint],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "silent",
  });
  return { program, remove: () => rm(directory, { recursive: true, force: true }) };
}
