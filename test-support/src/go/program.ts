import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative } from "node:path";

const ROOT = join(import.meta.dirname, "../../..");

/** Returns the path of the program that `build.sh` built of a directory; `undefined` where it did not. */
export function goProgram(directory: string): string | undefined {
  const [, name = ""] = /^module .*\/(\S+)$/m.exec(readFileSync(join(directory, "go.mod"), "utf8")) ?? [];
  const sources = ["go.mod", "main.go"].map((file) => readFileSync(join(directory, file)));
  const [checksum = ""] = execFileSync("cksum", { input: Buffer.concat(sources), encoding: "utf8" }).split(" ");
  const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  const program = join(cache, "alumiini", `${name}-${checksum}`, name);
  return existsSync(program) ? program : undefined;
}

/** As `goProgram`; skips the test where there is none. In CI what was skipped has failed. */
export function needGoProgram(context: { skip(reason: string): never }, directory: string): string {
  const build = `bash test-support/src/go/build.sh ${relative(ROOT, directory)}`;
  return goProgram(directory) ?? context.skip(`the Go program is not built (${build})`);
}
