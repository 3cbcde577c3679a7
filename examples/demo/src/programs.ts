import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const inPackage = (name: string, path: string) => join(dirname(require.resolve(`${name}/package.json`)), path);
const ALUMIINI = inPackage("@alumiini/cli", "dist/main.js");
const CONTROLLER = inPackage("@alumiini-examples/controller", "dist/demo.js");

/** A child process that ends with the demo. */
export interface Program {
  /** What it has written to its error stream. */
  readonly log: () => string;
  /** Resolves to its exit status; null where a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Asks it to end in order, and waits for that. */
  stop(): Promise<number | null>;
}

interface Started extends Program {
  readonly child: ChildProcess;
  readonly output: () => string;
}

function start(script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // Ctrl-C is for the demo, which ends its children one after the other.
    detached: true,
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("close", resolve);
    child.once("error", reject);
  });
  return {
    child,
    output: () => out,
    log: () => err,
    ended,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      return await ended;
    },
  };
}

/** A running `alumiini serve`. */
export interface Server extends Program {
  readonly url: string;
}

/**
 * Starts `alumiini serve`; resolves when it is ready.
 *
 * @throws {Error} with its log, when it ends instead
 */
export async function startServer(data: string, port: number, env: Readonly<Record<string, string>>): Promise<Server> {
  const args = ["serve", "--listen", `127.0.0.1:${port}`, "--data", data, "--cluster", "prod-eu"];
  const program = start(ALUMIINI, args, env);
  await new Promise<void>((resolve, reject) => {
    program.child.stderr?.on("data", () => program.log().includes("ready page=") && resolve());
    program.ended.then(() => reject(new Error(`alumiini serve ended:\n${program.log()}`)), reject);
  });
  const url = /listening url=(\S+)/.exec(program.log())?.[1] ?? "";
  return { ...program, url };
}

/** Starts the example controller on a repository of its own, sending CDEvents to the server. */
export function startController(server: string, once: boolean): Program & { readonly passed: Promise<boolean> } {
  const program = start(CONTROLLER, ["--cdevents", `${server}/cdevents`, ...(once ? ["--once"] : [])]);
  const passed = new Promise<boolean>((resolve) => {
    program.child.stdout?.on("data", () => /Still syncing|Closed: \d/.test(program.output()) && resolve(true));
    void program.ended.then((status) => resolve(status === 0));
  });
  return { ...program, passed };
}

/** Runs `alumiini` to its end and returns what it printed. */
export async function alumiini(args: readonly string[]): Promise<string> {
  const program = start(ALUMIINI, args, { COLUMNS: String(process.stdout.columns ?? 140) });
  const status = await program.ended;
  if (status !== 0) throw new Error(`alumiini ${args.join(" ")} ended with ${status}: ${program.log()}`);
  return program.output();
}

/** Returns the port where it is free on loopback, else 0: any. */
export function freePort(port: number): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(0));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(port)));
  });
}
