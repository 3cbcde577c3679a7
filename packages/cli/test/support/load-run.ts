import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { expect } from "vitest";
import { alumiini, directory, serve } from "./alumiini.ts";

const SECRET = "flux-secret-of-this-test";
const SENDER = new URL("sender.ts", import.meta.url).pathname;

/** What a run took. */
export interface LoadRun {
  /** Deliveries by the status of their answer; 0 is a connection that broke. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Deliveries that were answered in a second. */
  readonly perSecond: number;
  /** Milliseconds from when a delivery was due to its answer. */
  readonly p50: number;
  readonly p99: number;
  /** The most memory that the server had, in MiB. */
  readonly peakMb: number;
  /** Seconds of the processor that the server took for 1,000 deliveries, which a busy machine changes least. */
  readonly cpuPer1000: number;
  /** Answers to questions that were asked meanwhile, and the slowest in milliseconds. */
  readonly questions: number;
  readonly slowestMs: number;
}

/**
 * Sends deliveries to a server while others read the page and ask, then looks for each that was answered with 200.
 *
 * @param options.killAfterMs kills the server so long after its first answer, as `kill -9` does, and looks with the next one
 * @param options.env what the server is configured with besides
 */
export async function loadServer(
  perSecond: number,
  seconds: number,
  { killAfterMs, env = {} }: { readonly killAfterMs?: number; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<LoadRun> {
  const { path, remove } = directory();
  const serverEnv = { ...env, ALUMIINI_FLUX_SECRET: SECRET };
  const server = await serve(path, [], serverEnv);
  const cpuBefore = cpuOf(server.pid);
  let isUp = true;
  const sender = spawn(process.execPath, [SENDER, `${server.url}/flux`, SECRET, String(perSecond), String(seconds)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const answered: string[] = [];
  let last = "{}";
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const reading = (async () => {
    for await (const line of createInterface({ input: sender.stdout })) {
      if (line === "answered") begin();
      else if (line.startsWith("{")) last = line;
      else answered.push(line);
    }
  })();
  const asking = { count: 0, slowestMs: 0 };
  const asks = (async () => {
    const routes = ["/", "/v1/fleet", "/v1/syncs?limit=50", "/v1/timeline", "/v1/slo", "/v1/stats", "/metrics"];
    for (let at = 0; isUp; at++) {
      const started = performance.now();
      const response = await fetch(server.url + routes[at % routes.length]).catch(() => undefined);
      if (response === undefined) break;
      await response.arrayBuffer().catch(() => undefined);
      asking.slowestMs = Math.max(asking.slowestMs, performance.now() - started);
      if (response.ok) asking.count++;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  try {
    if (killAfterMs !== undefined) {
      await Promise.race([begun, reading]);
      await new Promise((resolve) => setTimeout(resolve, killAfterMs));
      isUp = false;
      await server.stop("SIGKILL");
    }
    await reading;

    isUp = false;
    await asks;
    const isAlive = killAfterMs === undefined;
    const peakMb = isAlive ? peakOf(server.pid) : Number.NaN;
    const cpuPer1000 = isAlive ? (cpuOf(server.pid) - cpuBefore) / ((perSecond * seconds) / 1000) : Number.NaN;
    if (isAlive) expect(await server.stop()).toBe(0);
    const next = await serve(path, [], serverEnv);
    const { out } = await alumiini(["export", "--data", path], serverEnv);
    await next.stop();
    const kept = new Set<string>();
    for (const line of out.trim().split("\n")) kept.add(JSON.parse(line).revision);
    const lost = answered.filter((revision) => !kept.has(revision));
    expect(lost.slice(0, 5), `${lost.length} of ${answered.length} are lost`).toEqual([]);
    const { statuses, perSecond: rate, p50, p99 } = JSON.parse(last);
    expect(statuses["200"] ?? 0).toBe(answered.length);
    const slowestMs = Math.round(asking.slowestMs);
    return { statuses, perSecond: rate, p50, p99, peakMb, cpuPer1000, questions: asking.count, slowestMs };
  } finally {
    isUp = false;
    sender.kill("SIGKILL");
    await server.stop("SIGKILL");
    remove();
  }
}

/** The most memory that a process has had, in MiB; Linux only. */
function peakOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** The seconds of the processor that a process has taken; Linux only. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // Its own and the system's, in hundredths: fields 14 and 15.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
