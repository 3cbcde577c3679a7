import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sampleEvents } from "@alumiini/core/testing";
import { NatsServer } from "@alumiini-internal/test-support/nats-server";
import { needProgram } from "@alumiini-internal/test-support/programs";
import { SEED, seeded } from "@alumiini-internal/test-support/seeded";
import { DuckDBInstance } from "@duckdb/node-api";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { describe, expect, it } from "vitest";
import { duckdbStore, openHistory } from "../src/index.js";
import { bundle, Child } from "./support/children.js";
import { duckdbHistory } from "./support/histories.js";
import { asCdevents, DAY, HOUR, MINUTE, START, syncEvents, wire } from "./support/sample-events.js";
import { projections } from "./support/stores.js";

describe("from a stream to answers", () => {
  it("loses nothing and counts nothing twice, whenever the consumer is killed", async (context) => {
    needProgram(context, "nats-server");
    const random = seeded(SEED);
    const directory = await mkdtemp(join(tmpdir(), "history-path-"));
    const file = join(directory, "history.duckdb");
    const { program, remove } = await bundle(join(import.meta.dirname, "support", "history-child.ts"));
    const server = await NatsServer.start();
    const connection = await connect({ servers: server.url });
    let child: Child | undefined;
    try {
      await (await jetstreamManager(connection)).streams.add({ name: "GITOPS", subjects: ["gitops.>"] });
      const start = async () => {
        const started = new Child([process.execPath, program, server.url, file]);
        await started.says("consuming");
        return started;
      };
      child = await start();
      const syncs = Array.from({ length: 250 }, (_, index) =>
        syncEvents({
          sync: `s${index}`,
          at: START + index * 10 * MINUTE,
          repo: `repo-${index % 7}`,
          commit: `${index}`.padStart(8, "0"),
          ...(index % 9 === 4 && { fails: "apply" as const }),
        }),
      );
      const js = jetstream(connection);
      // In two forms, and with messages in between that are no events.
      const messages = syncs.flatMap((events, index) => [
        ...events.map((event) => JSON.stringify(event)),
        ...(index % 5 === 0 ? events.flatMap(asCdevents).map((event) => JSON.stringify(event)) : []),
        ...(index % 25 === 0 ? [`{ not json ${index}`] : []),
      ]);
      const killAt = Array.from({ length: 3 }, () => Math.floor(random() * messages.length));
      for (const [index, message] of messages.entries()) {
        await js.publish("gitops.events", message);
        if (!killAt.includes(index)) continue;
        await child.kill();
        child = await start();
      }
      const { streams } = await jetstreamManager(connection);
      const { state } = await streams.info("GITOPS");
      const consumers = (await jetstreamManager(connection)).consumers;
      await expect
        .poll(async () => (await consumers.info("GITOPS", "history")).ack_floor.stream_seq)
        .toBe(state.last_seq);
      await child.kill();
      child = undefined;

      await using place = await duckdbHistory(START + 10 * DAY, file);
      const { history } = place;
      const { total, failed } = await history.syncs();
      expect({ total, failed }).toEqual({ total: 250, failed: 28 });
      const events = syncs.flat();
      expect((await history.stats()).events).toBe(events.length);
      expect((await history.deadLetters()).total).toBe(10);
      expect((await history.gaps()).missing).toBe(0);
      expect((await history.fleet()).total).toBe(7);
      const live = await projections(history.store);
      await history.rebuild();
      expect(await projections(history.store)).toEqual(live);
    } finally {
      await child?.kill();
      await connection.close();
      await server.stop();
      await remove();
      await rm(directory, { recursive: true, force: true });
    }
  });
});

describe("retention", () => {
  it("keeps what ran at the cutoff, and everything above it is as if nothing had been deleted", async () => {
    await using place = await duckdbHistory(START + 20 * DAY);
    const { history } = place;
    const at = (day: number) => START + day * DAY;
    await place.add([
      ...syncEvents({ sync: "a", at: at(1), commit: "aaaa1111" }),
      ...syncEvents({ sync: "b", at: at(3), commit: "bbbb2222" }),
      // Across the cutoff.
      ...syncEvents({ sync: "c", at: at(5) - HOUR, took: 2 * HOUR, commit: "cccc3333" }),
      ...syncEvents({ sync: "d", at: at(8), commit: "bbbb2222" }),
      ...syncEvents({ sync: "e", at: at(9), commit: "bbbb2222" }),
    ]);
    const range = { since: at(5), until: at(20) };
    const before = await history.dora(range);
    expect(before.measures.changeFailRate.value).toBe(1 / 2);
    const retained = await history.retain(at(5));
    expect(retained.deleted["events"]).toBeGreaterThan(8);
    const after = await history.dora(range);
    const figures = ({ measures }: typeof before) =>
      Object.values(measures).map(({ value, evidence }) => [value, evidence.counted, evidence.leftOut, evidence.ids]);
    expect(figures(after)).toEqual(figures(before));
    expect((await history.syncs()).items.map(({ syncId }) => syncId)).toEqual(["e", "d", "c"]);
    const { expired, cutoff } = await history.stats();
    expect([expired, cutoff]).toEqual([retained.deleted["events"], at(5)]);

    // What the rows that are left say by themselves.
    const { syncs, links } = await projections(history.store);
    await history.rebuild();
    const again = await projections(history.store);
    expect(again["syncs"]).toEqual(syncs);
    expect(again["links"]?.length).toBeLessThanOrEqual(links?.length ?? 0);

    // What comes from before the cutoff is counted and not kept.
    const late = await history.intake([{ value: wire("sync_completed", at(2)), source: "s", sequence: null }]);
    expect(late).toEqual({ stored: 0, duplicate: 0, ignored: 1, refused: 0 });
    const { received, stored, duplicate, ignored, refused } = await history.stats();
    expect(received).toBe(stored + duplicate + ignored + refused);
  });
});

describe("counts", () => {
  it("add up, also after the history was closed and opened again", async () => {
    const directory = await mkdtemp(join(tmpdir(), "history-counts-"));
    const file = join(directory, "history.duckdb");
    try {
      const events = syncEvents({ sync: "a", at: START, commit: "aaaa1111" });
      {
        await using place = await duckdbHistory(START + DAY, file);
        await place.add([...events, ...events, "no event"]);
      }
      await using place = await duckdbHistory(START + DAY, file);
      await place.add(events.slice(0, 2));
      expect(await place.history.stats()).toMatchObject({
        received: 11,
        stored: 4,
        duplicate: 6,
        refused: 1,
        events: 4,
        refusedByReason: [{ reason: "not_json", count: 1 }],
        byForm: [{ form: "alumiini", count: 4 }],
        sources: [{ source: "alumiini", clusterId: "prod-eu", stored: 4, tellsOutcomes: true }],
      });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

describe("the subscriber of a history that can't store", () => {
  it("never lets `stored` resolve over an event that is not there, and has relayed events come again", async () => {
    await using place = await duckdbHistory(START);
    const subscriber = place.history.subscriber();
    const [event] = sampleEvents();
    if (event === undefined) throw new Error("there are no samples");
    const signal = new AbortController().signal;
    await subscriber.handle(event);
    await subscriber.stored?.(signal);
    await place.history.close();
    await expect(subscriber.handle(event, { relayed: true, late: false })).rejects.toThrow("could not store");
    await expect(subscriber.stored?.(signal)).rejects.toThrow("could not store 1 events");
    // What the controller emits can't come again: it is counted, and no fault of the subscriber.
    await subscriber.handle(event);
    await expect(subscriber.stored?.(signal)).rejects.toThrow("could not store 1 events");
    await subscriber.stored?.(signal);
  });

  it("confirms events that are there, whatever became of others", async () => {
    await using place = await duckdbHistory(START);
    const subscriber = place.history.subscriber();
    const [stored, lost] = sampleEvents();
    if (stored === undefined || lost === undefined) throw new Error("there are no samples");
    const signal = new AbortController().signal;
    await subscriber.handle(stored, { relayed: true, late: false });
    await place.history.close();
    await expect(subscriber.handle(lost, { relayed: true, late: false })).rejects.toThrow("could not store");
    await subscriber.stored?.(signal, [stored.id]);
    await expect(subscriber.stored?.(signal, [stored.id, lost.id])).rejects.toThrow("could not store 1 events");
  });
});

describe("a store whose projections are not those of this version", () => {
  it.each([
    ["have other columns", "alter table syncs drop column trace"],
    ["were made by another version", "update meta set value = '0' where name = 'projected_by'"],
    [
      "were being rebuilt when the process was killed",
      "delete from meta where name = 'projected_by'; delete from syncs",
    ],
  ])("is rebuilt when it is opened: they %s", async (_, sql) => {
    await using place = await duckdbHistory(START + DAY);
    await place.add(syncEvents({ sync: "a", at: START, commit: "aaaa1111" }));
    const live = await projections(place.history.store);
    await place.history.close();
    const instance = await DuckDBInstance.create(place.path);
    const connection = await instance.connect();
    await connection.run(sql);
    connection.closeSync();
    instance.closeSync();
    await expect(openHistory({ store: duckdbStore({ path: place.path, readOnly: true }) })).rejects.toThrow(
      "without readOnly",
    );
    await using again = await duckdbHistory(START + DAY, place.path);
    expect((await again.history.syncs()).items.map(({ syncId }) => syncId)).toEqual(["a"]);
    expect(await projections(again.history.store)).toEqual(live);
  });
});

describe("a history that is only read", () => {
  it("answers, writes nothing and closes", async () => {
    await using place = await duckdbHistory(START + DAY);
    await place.add(syncEvents({ sync: "a", at: START, commit: "aaaa1111" }));
    await place.history.close();
    const warnings: string[] = [];
    const history = await openHistory({
      store: duckdbStore({ path: place.path, readOnly: true }),
      onWarning: ({ message }) => void warnings.push(message),
    });
    expect((await history.syncs()).items.map(({ syncId }) => syncId)).toEqual(["a"]);
    await history.close();
    expect(warnings).toEqual([]);
  });
});
