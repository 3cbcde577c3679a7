import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Runs the program of one of our packages with the arguments as they are. Returns its exit status. */
export async function runProgramOf(name: string, args: readonly string[]): Promise<number> {
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  const child = spawn(process.execPath, [join(dirname(manifest), "dist/cli.js"), ...args], { stdio: "inherit" });
  return await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve(status ?? 1));
  });
}
