import { NatsServer } from "@alumiini-internal/test-support/nats-server";
import { seeded } from "@alumiini-internal/test-support/seeded";
import { until } from "@alumiini-internal/test-support/until";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect } from "vitest";
import type { Store } from "../../src/store/store.js";
import { SyncProjector } from "../store/sample.js";
import { Child } from "../support/children.js";
import { countStored } from "./sample-target.js";

/** What is killed, and where. */
export interface KillRun {
  readonly program: string;
  readonly events: number;
  readonly kills: number;
  readonly seed: number;
  /** Takes the totals in one line. */
  readonly report?: (line: string) => void;
  /** Options of the store, as the consuming process takes them. */
  readonly options: object;
  /** Kills the database and brings it back, where it is a process. */
  readonly killDatabase?: () => Promise<void>;
  /** Opens the store when all processes are gone. */
  open(): Promise<Store>;
}

/**
 * Kills emitter, consumer, broker and database with `kill -9`, one after the other at random, while events flow. In the
 * end what is stored must be what was accepted: nothing lost, nothing twice, projections as a rebuild makes them.
 */
export async function killAtRandom(run: KillRun): Promise<void> {
  const random = seeded(run.seed);
  const server = await NatsServer.start();
  const admin = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  const manager = await jetstreamManager(admin);
  await manager.streams.add({ name: "events", subjects: ["events.>"] });
  const start = (...args: string[]): Child => new Child([process.execPath, run.program, ...args]);
  const killed = new Map<string, number>();
  let accepted = 0;
  const emit = (): Child => start("emit", server.url, String(accepted), String(run.events));
  const consume = (): Child => start("consume", server.url, JSON.stringify(run.options));
  let emitter = emit();
  let consumer = consume();
  try {
    for (let kill = 1; kill <= run.kills; kill++) {
      // Spread over the emission, and a random moment of what happens there.
      const mark = Math.floor((run.events * kill) / (run.kills + 1));
      await until(() => acceptedBy(emitter, accepted) >= mark, 600_000);
      await new Promise((resolve) => setTimeout(resolve, random() * 300));
      const victims = ["emitter", "consumer", "broker", ...(run.killDatabase === undefined ? [] : ["database"])];
      const victim = victims[Math.floor(random() * victims.length)] ?? "consumer";
      killed.set(victim, (killed.get(victim) ?? 0) + 1);
      if (victim === "emitter") {
        await emitter.kill();
        accepted = acceptedBy(emitter, accepted);
        emitter = emit();
      } else if (victim === "consumer") {
        await consumer.kill();
        consumer = consume();
      } else if (victim === "broker") {
        await server.kill();
        await server.restart();
      } else await run.killDatabase?.();
    }
    // The rest of a long run is long, too.
    const restMs = Math.max(600_000, run.events * 3);
    await until(() => acceptedBy(emitter, accepted) === run.events, restMs);
    await until(async () => {
      const info = await manager.consumers.info("events", "history").catch(() => undefined);
      return info?.num_pending === 0 && info.num_ack_pending === 0;
    }, restMs);
  } finally {
    await emitter.kill();
    await consumer.kill();
    await admin.close();
    await server.stop();
  }
  const store = await run.open();
  try {
    const { events } = run;
    const stored = await countStored(store);
    const kills = [...killed].map(([victim, count]) => `${victim} ${count}`).join(", ");
    run.report?.(
      `${store.engine}, seed ${run.seed}: accepted ${events}, stored ${stored.n}, different ids ${stored.ids}, in projections ${stored.projected}; killed: ${kills}`,
    );
    expect(stored, `seed ${run.seed}`).toEqual({ n: events, ids: events, projected: events });
    const live = await syncs(store);
    expect(await store.rebuild(new SyncProjector())).toBe(events);
    expect(await syncs(store)).toEqual(live);
  } finally {
    await store.close();
  }
}

function acceptedBy(emitter: Child, before: number): number {
  const last = emitter.lines.filter((line) => line.startsWith("accepted")).at(-1);
  return last === undefined ? before : Number(last.split(" ")[1]);
}

function syncs(store: Store) {
  return store.query(
    {
      sql: "select sync, first_ts, last_ts, events from syncs order by sync",
      columns: { sync: "text", first_ts: "bigint", last_ts: "bigint", events: "bigint" },
    },
    { deadlineMs: 60_000 },
  );
}
