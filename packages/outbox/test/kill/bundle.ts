import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

/** The child as a program that any Node runs, from the sources. */
export async function bundleChild(): Promise<{ readonly program: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "outbox-child-"));
  const program = join(directory, "child.mjs");
  await build({
    entryPoints: [join(import.meta.dirname, "child.ts")],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "silent",
  });
  return { program, remove: () => rm(directory, { recursive: true, force: true }) };
}
