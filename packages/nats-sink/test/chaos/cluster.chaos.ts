import { NatsServer } from "@alumiini-internal/test-support/nats-server";
import { freePort } from "@alumiini-internal/test-support/ports";
import { needProgram } from "@alumiini-internal/test-support/programs";
import { SEED, seeded } from "@alumiini-internal/test-support/seeded";
import { expectConserved } from "@alumiini-internal/test-support/sinks";
import { readStream } from "@alumiini-internal/test-support/stream-reader";
import { emitTraffic } from "@alumiini-internal/test-support/traffic";
import { until } from "@alumiini-internal/test-support/until";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { describe, expect, it, type TestContext } from "vitest";
import { ensureStream, natsSink } from "../../src/index.js";
import { adminConnection, CLIENTS } from "../clients.js";
import { readIds } from "../support.js";

const NODES = 3;
const KILLS = 10;
const PATIENCE_MS = 60_000;

async function startCluster(context: TestContext): Promise<NatsServer[]> {
  const ports = await Promise.all(Array.from({ length: NODES }, () => freePort()));
  const routes = ports.map((port) => `"nats://127.0.0.1:${port}"`).join(", ");
  const nodes: NatsServer[] = [];
  for (const [index, port] of ports.entries()) {
    const cluster = `cluster: { name: chaos, listen: "127.0.0.1:${port}", routes: [${routes}] }`;
    const node = await NatsServer.start(`server_name: node-${index}\n${cluster}`);
    context.onTestFinished(() => node.stop());
    nodes.push(node);
  }
  return nodes;
}

/** The number of the node that leads the stream; waits until one does. */
function leaderOf(manager: JetStreamManager): Promise<number> {
  return until(async () => {
    const info = await manager.streams.info("EVENTS").catch(() => undefined);
    const leader = info?.cluster?.leader?.replace("node-", "");
    return leader === undefined ? undefined : Number(leader) + 1;
  }, PATIENCE_MS).then((number) => number - 1);
}

describe.each(CLIENTS)(
  `three servers whose leader is killed ${KILLS} times, with $name, seed ${SEED}`,
  ({ name, connect }) => {
    it.for([
      { batches: "in batches", events: 40_000, ordered: false, limits: {} },
      { batches: "one by one", events: 20_000, ordered: true, limits: { maxBatchMessages: 1, maxInFlight: 64 } },
    ])("lose nothing that they confirmed, $batches", { timeout: 600_000 }, async (setting, context) => {
      needProgram(context, "nats-server");
      const nodes = await startCluster(context);
      const servers = nodes.map(({ url }) => url);
      const admin = await adminConnection(servers.join(","));
      context.onTestFinished(() => admin.close());
      await until(() => ensureStream(admin, { name: "EVENTS" }).catch(() => undefined), PATIENCE_MS);
      const manager = await jetstreamManager(admin);

      const sink = natsSink({
        servers,
        connect: (options) => connect({ ...options }),
        connectOptions: { timeout: 2000, reconnectTimeWait: 50 },
        stream: "EVENTS",
        attemptTimeoutMs: 5000,
        retry: { maxDelayMs: 500 },
        onFailure: () => {},
        ...setting.limits,
      });
      const emitting = emitTraffic(sink, setting.events, seeded(SEED));
      for (let kill = 1; kill <= KILLS; kill++) {
        await until(() => sink.stats().delivered > (setting.events * kill) / (KILLS + 1), PATIENCE_MS);
        const leader = nodes[await leaderOf(manager)];
        await leader?.kill();
        expectConserved(sink);
        await leader?.restart();
      }
      const emitted = await emitting;
      await sink.flush();
      expect(sink.stats()).toMatchObject({ accepted: setting.events, delivered: setting.events, pending: 0 });
      await sink.close();

      await leaderOf(manager);
      const stored = await readStream(servers.join(","), "EVENTS");
      const found = readIds(stored);
      if (setting.ordered) expect(found).toEqual(emitted);
      const unordered = (ids: readonly string[] = []) => ids.toSorted();
      for (const [repository, ids] of Object.entries(emitted)) {
        expect(unordered(found[repository])).toEqual(unordered(ids));
      }
      const late = Object.entries(emitted).filter(
        ([repository, ids]) => ids.join() !== found[repository]?.join(),
      ).length;
      process.stdout.write(
        `${name}, ${setting.batches}: ${setting.events} confirmed and found, ${stored.length - setting.events} stored ` +
          `twice, ${late} of ${Object.keys(emitted).length} repositories not in order\n`,
      );
    });
  },
);
