import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmittingProcess } from "@alumiini-internal/test-support/chaos/emitting-process";
import { expectKept } from "@alumiini-internal/test-support/chaos/outcome";
import { BLOWS_OF_EACH_KIND, EVENTS } from "@alumiini-internal/test-support/chaos/settings";
import { SEED, seeded } from "@alumiini-internal/test-support/seeded";
import { TcpProxy } from "@alumiini-internal/test-support/tcp-proxy";
import { describe, expect, it } from "vitest";
import { startBroker } from "../broker.js";
import { eventIn } from "../support.js";

describe.each(["v3", "v2"])("natsSink with an outbox, client %s", (client) => {
  it(`delivers ${EVENTS} events through ${BLOWS_OF_EACH_KIND} blows of each kind, seed ${SEED}`, {
    timeout: 1_800_000,
  }, async (context) => {
    const { server, read } = await startBroker(context);
    const proxy = await TcpProxy.start(server.port);
    const directory = await mkdtemp(join(tmpdir(), "nats-chaos-"));
    const random = seeded(SEED);
    const pause = (mostMs: number) => new Promise((resolve) => setTimeout(resolve, random() * mostMs));
    const script = join(import.meta.dirname, "emitter.ts");
    const args = [client, `nats://127.0.0.1:${proxy.port}`];
    const emitter = new EmittingProcess({ script, args, directory, events: EVENTS });
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
        proxy.mend();
      },
      async function slowNetwork() {
        proxy.delayMs = Math.ceil(random() * 20);
        await pause(500);
        proxy.delayMs = 0;
      },
    ];
    const started = performance.now();
    const struck = await emitter.endure(blows, BLOWS_OF_EACH_KIND, random);
    const seconds = Math.round((performance.now() - started) / 1000);

    const stored = (await read()).map(({ id, text }) => ({ id, event: eventIn(text) }));
    const events = stored.map(({ id, event }) => {
      if (event.type !== "sync_completed") throw new Error(`not an event of ours: ${event.type}`);
      return { id, repository: event.repoName, number: event.durationMs ?? 0 };
    });
    const { journal } = emitter;
    expect(journal.emitted).toBe(EVENTS);
    const outcome = expectKept(journal, events);
    process.stdout.write(`client ${client}, seed ${SEED}: ${struck} blows in ${seconds} s; ${outcome}\n`);
  });
});
