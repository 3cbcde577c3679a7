import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** The built command. */
export const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

type Env = Readonly<Record<string, string>>;

/** What a command that has ended said. */
export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function start(args: readonly string[], env: Env): { child: ChildProcess; said: { out: string; err: string } } {
  const said = { out: "", err: "" };
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH, HOME, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
  return { child, said };
}

/** Runs the built command to its end. */
export async function alumiini(args: readonly string[], env: Env = {}, input = ""): Promise<Ended> {
  const { child, said } = start(args, env);
  child.stdin?.end(input);
  const status = await new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  return { status, ...said };
}

/** A running `alumiini serve`. */
export interface Server {
  readonly url: string;
  readonly pid: number;
  readonly log: () => string;
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
}

/** Starts the built server on a free port; resolves when it listens, or is ready. */
export async function serve(
  data: string,
  args: readonly string[] = [],
  env: Env = {},
  until = "ready page=",
): Promise<Server> {
  const { child, said } = start(["serve", "--listen", "127.0.0.1:0", "--data", data, ...args], env);
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  let isEnded = false;
  void ended.then(() => (isEnded = true));
  while (!said.err.includes(until)) {
    if (isEnded) throw new Error(`serve ended: ${said.err}`);
    await wait(50);
  }
  const url = /listening url=(\S+)/.exec(said.err)?.[1] ?? "";
  return {
    url,
    pid: child.pid ?? 0,
    log: () => said.err,
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      return await ended;
    },
  };
}

/** As `serve`, and killed when the test has finished. */
export async function servedInTest(...parameters: Parameters<typeof serve>): Promise<Server> {
  const server = await serve(...parameters);
  onTestFinished(async () => void (await server.stop("SIGKILL")));
  return server;
}

/** A directory for data, removed when the test has finished. */
export function dataOfTest(): string {
  const { path, remove } = directory();
  onTestFinished(remove);
  return path;
}

export function directory(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "alumiini-cli-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A signed delivery of Flux: a Kustomization whose sync failed or succeeded. */
export function fluxDelivery(
  name: string,
  secret: string,
  failed: boolean,
  { at = Date.now(), revision = "a1".repeat(20), message = "" } = {},
) {
  const body = JSON.stringify({
    involvedObject: {
      kind: "Kustomization",
      namespace: "shop",
      name,
      uid: `uid-${name}`,
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    },
    severity: failed ? "error" : "info",
    timestamp: new Date(at).toISOString(),
    message:
      message !== ""
        ? message
        : failed
          ? "health check failed after 2m0s: timeout waiting for Deployment/shop/web"
          : "Reconciliation finished in 1.5s, next run in 10m0s",
    reason: failed ? "HealthCheckFailed" : "ReconciliationSucceeded",
    metadata: { "kustomize.toolkit.fluxcd.io/revision": `main@sha1:${revision}` },
    reportingController: "kustomize-controller",
  });
  const signature = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
  return { method: "POST", body, headers: { "content-type": "application/json", "x-signature": signature } };
}
