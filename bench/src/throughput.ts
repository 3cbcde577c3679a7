import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { AluminiEvent } from "@alumiini/core";
import { makeEvents } from "./events.ts";

/** One way of publishing events. Resolves when all have been confirmed. */
export interface Publisher {
  readonly name: string;
  publish(events: readonly AluminiEvent[]): Promise<void>;
  close(): Promise<void>;
}

/** What publishing one event took. */
export interface Throughput {
  /** Messages in a second. */
  readonly rate: number;
  /** Microseconds of this process's CPU time for one message. */
  readonly cpu: number;
}

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Publishes this many new events, after a garbage collection, so that nobody pays for what another left behind. */
export async function measure(publisher: Publisher, count: number): Promise<Throughput> {
  const events = makeEvents(count);
  collectGarbage();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const cpu = process.cpuUsage();
  const started = performance.now();
  await publisher.publish(events);
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { rate: count / seconds, cpu: (user + system) / count };
}

/** The medians of a publisher's rounds, on a line. */
export function describeThroughput(name: string, rounds: readonly Throughput[]): string {
  const rate = Math.round(median(rounds.map((round) => round.rate)));
  const cpu = median(rounds.map((round) => round.cpu));
  return `  ${name.padEnd(12)} ${String(rate).padStart(7)} msgs/s  ${cpu.toFixed(1)} µs CPU`;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
}
