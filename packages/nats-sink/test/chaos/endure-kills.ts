import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmittingProcess } from "@alumiini-internal/test-support/chaos/emitting-process";
import { expectKept } from "@alumiini-internal/test-support/chaos/outcome";
import { SEED, seeded } from "@alumiini-internal/test-support/seeded";
import { TcpProxy } from "@alumiini-internal/test-support/tcp-proxy";
import { expect, type TestContext } from "vitest";
import { startBroker } from "../broker.js";
import { eventIn } from "../support.js";

/** How much there is to endure. */
export interface Kills {
  readonly events: number;
  readonly blowsOfEachKind: number;
}

/**
 * Has a process emit numbered events, one in a hundred of them bad, into a sink with an outbox, while it and the server
 * are killed and the network is cut and slow. Then reads what is stored, and checks it.
 */
export async function endureKills(context: TestContext, client: string, { events, blowsOfEachKind }: Kills) {
  const { server, read } = await startBroker(context);
  const proxy = await TcpProxy.start(server.port);
  const directory = await mkdtemp(join(tmpdir(), "nats-chaos-"));
  const random = seeded(SEED);
  const pause = (mostMs: number) => new Promise((resolve) => setTimeout(resolve, random() * mostMs));
  const script = join(import.meta.dirname, "emitter.ts");
  const args = [client, `nats://127.0.0.1:${proxy.port}`];
  const emitter = new EmittingProcess({ script, args, directory, events });
  context.onTestFinished(async () => {
    await emitter.kill();
    await proxy.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const blows = [
    async function killServer() {
      await server.kill();
      await pause(300);
      await server.restart();
    },
    async function killProcess() {
      await emitter.kill();
      emitter.start();
    },
    async function cutNetwork() {
      proxy.cut({ refuse: random() < 0.5 });
      await pause(200);
      proxy.restore();
    },
    async function slowNetwork() {
      proxy.delayMs = Math.ceil(random() * 20);
      await pause(500);
      proxy.delayMs = 0;
    },
  ];
  const started = performance.now();
  const struck = await emitter.endure(blows, blowsOfEachKind, random);
  const seconds = Math.round((performance.now() - started) / 1000);

  const stored = (await read()).flatMap(({ id, text }) => {
    const event = eventIn(text);
    if (event.type !== "sync_completed") return [];
    return { id, repository: event.repoName, number: event.durationMs ?? 0 };
  });
  const { journal } = emitter;
  expect(journal.emitted).toBe(events);
  const outcome = expectKept(journal, stored);
  process.stdout.write(`client ${client}, seed ${SEED}: ${struck} blows in ${seconds} s; ${outcome}\n`);
}
