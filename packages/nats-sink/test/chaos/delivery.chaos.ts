import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseWire } from "@alumiini/core";
import { describe, expect, it } from "vitest";
import { startBroker } from "../broker.js";
import type { StoredMessage } from "../stream-reader.js";
import { seeded, until } from "../support.js";
import { TcpProxy } from "../tcp-proxy.js";
import { type Blow, Mayhem } from "./mayhem.js";

const EVENTS = Number(process.env["CHAOS_EVENTS"] ?? 100_000);
const BLOWS_OF_EACH_KIND = Number(process.env["CHAOS_BLOWS"] ?? 20);
const SEED = Number(process.env["SEED"] ?? 1 + Math.floor(Math.random() * 1_000_000));
const KINDS: readonly Blow[] = ["kill the server", "kill the process", "cut the network", "slow the network down"];

describe.each(["v3", "v2"])("natsSink with an outbox, client %s", (client) => {
  it(`delivers ${EVENTS} events through ${BLOWS_OF_EACH_KIND} blows of each kind, seed ${SEED}`, {
    timeout: 1_800_000,
  }, async (context) => {
    const { server, read } = await startBroker(context);
    const proxy = await TcpProxy.start(server.port);
    const directory = await mkdtemp(join(tmpdir(), "nats-chaos-"));
    const random = seeded(SEED);
    const mayhem = new Mayhem(client, EVENTS, { server, proxy, directory, random });
    context.onTestFinished(async () => {
      await mayhem.killProcess();
      await proxy.stop();
      await rm(directory, { recursive: true, force: true });
    });

    const blows = shuffled(KINDS, BLOWS_OF_EACH_KIND, random);
    const started = performance.now();
    mayhem.startProcess();
    for (const [index, blow] of blows.entries()) {
      const due = (EVENTS * (index + 1)) / (blows.length + 1);
      await until(() => mayhem.hasReached(due), `event ${due}`, 120_000);
      await mayhem.strike(blow);
    }
    await mayhem.end();

    const seconds = Math.round((performance.now() - started) / 1000);
    const { emitted, safe, stats } = mayhem.journal;
    const stored = await read();
    const numbers = numbersOf(stored);
    expect([...safe].filter((number) => !numbers.has(number)).length).toBe(0);
    expect(Math.max(...numbers.keys())).toBeLessThanOrEqual(emitted);
    expectOrder(numbers);
    expect(stats).toMatchObject({ pending: 0, dropped: { overflow: 0, rejected: 0, outbox: 0 } });
    process.stdout.write(
      `client ${client}, seed ${SEED}: ${blows.length} blows in ${seconds} s, ${emitted} emitted, ${safe.size} confirmed by ` +
        `the outbox, ${numbers.size} found in the stream, ${stored.length - numbers.size} of them twice\n`,
    );
  });
});

function shuffled(kinds: readonly Blow[], times: number, random: () => number): Blow[] {
  return Array.from({ length: times }, () => kinds)
    .flat()
    .map((blow) => ({ blow, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ blow }) => blow);
}

/** The numbers of the events stored, in the order in which each came first, with their repositories. */
function numbersOf(stored: readonly StoredMessage[]): Map<number, string> {
  const numbers = new Map<number, string>();
  for (const { text } of stored) {
    const result = parseWire(text);
    if (!result.ok || result.event.type !== "sync_completed") throw new Error(`not an event of ours: ${text}`);
    const { durationMs = 0, repoName } = result.event;
    if (!numbers.has(durationMs)) numbers.set(durationMs, repoName);
  }
  return numbers;
}

function expectOrder(numbers: ReadonlyMap<number, string>): void {
  const latest = new Map<string, number>();
  for (const [number, repoName] of numbers) {
    expect(number).toBeGreaterThan(latest.get(repoName) ?? 0);
    latest.set(repoName, number);
  }
}
