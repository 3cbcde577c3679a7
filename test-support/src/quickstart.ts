import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { environment } from "./programs.ts";

/** What a program said, and how it ended. */
export interface Ended {
  readonly status: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** Which program of a README is run, and where. */
export interface QuickstartOptions {
  /** The README, if it is not that of the package which finds what the program imports. */
  readonly readme?: string;
  /** Which of its `ts` blocks, from 0. Default 0. */
  readonly block?: number;
  /** Variables that the program reads, such as its receiver's address. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds after which it is killed. Default 60,000. */
  readonly timeoutMs?: number;
}

/**
 * Runs a program of a package's README, exactly as printed, in an empty working directory. It finds the package and its
 * dependencies, built, as a user's project would.
 */
export async function runQuickstart(
  packageDirectory: string,
  { readme = join(packageDirectory, "README.md"), block = 0, env = {}, timeoutMs = 60_000 }: QuickstartOptions = {},
): Promise<Ended> {
  const printed = await readFile(readme, "utf8");
  const program = [...printed.matchAll(/^```ts\n(.*?)^```$/gms)][block]?.[1];
  if (program === undefined) throw new Error(`${readme} has no block ${block} of TypeScript`);
  // Below the package, so that its name resolves to itself.
  const below = await mkdtemp(join(packageDirectory, "test", ".quickstart-"));
  const work = await mkdtemp(join(tmpdir(), "quickstart-"));
  try {
    const file = join(below, "quickstart.mts");
    await writeFile(file, program);
    const child = spawn(process.execPath, ["--no-warnings", file], {
      cwd: work,
      env: { ...environment, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const [status] = await once(child, "close");
    return { status, stdout, stderr };
  } finally {
    await rm(below, { recursive: true });
    await rm(work, { recursive: true });
  }
}
