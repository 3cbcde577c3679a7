import { SEED, seeded } from "@alumiini-internal/test-support/seeded";
import { expect, it } from "vitest";
import { dora } from "../../src/dora/dora.js";
import { readEvent } from "../../src/intake/read-event.js";
import { rowOf } from "../../src/intake/rows.js";
import { createProjector } from "../../src/projections/projector.js";
import { TABLES } from "../../src/projections/tables.js";
import { postgresStore } from "../../src/store/postgres/postgres-store.js";
import type { Projector, Store, StoreWarning } from "../../src/store/store.js";
import type { Row } from "../../src/store/table.js";
import { PostgresPlace, sharedPostgres, stopSharedPostgres } from "../store/postgres-place.js";
import { unasked } from "../support/histories.js";
import { randomEvents } from "../support/random-events.js";
import { DAY, START } from "../support/sample-events.js";
import { projections } from "../support/stores.js";

stopSharedPostgres();

/** A projector whose version can be seen in the rows that it makes. */
function projectorOf(store: Store, version: string): Projector {
  const projector = createProjector(store);
  return {
    ...projector,
    version,
    async project(fresh, read) {
      const changes = await projector.project(fresh, read);
      return changes.map((change) =>
        change.table === "syncs"
          ? { ...change, append: change.append.map((row) => ({ ...row, branch: version })) }
          : change,
      );
    },
  };
}

interface Process {
  readonly store: Store;
  readonly projector: Projector;
  readonly warnings: StoreWarning[];
}

/** Opens a store as `openHistory` does in a process of this version. */
async function openAs(place: PostgresPlace, version: string): Promise<Process> {
  const warnings: StoreWarning[] = [];
  const store = await postgresStore({ connectionString: place.url, schema: place.schema }).open(
    [...TABLES],
    (warning) => warnings.push(warning),
  );
  const projector = projectorOf(store, version);
  if (store.projectedBy !== version) await store.rebuild(projector, { ifNeeded: true });
  return { store, projector, warnings };
}

const EPOCH = { sql: "select value from meta where name = 'epoch'", columns: { value: "text" } } as const;

it("two versions that write in turn, while one takes over and the other comes back: rows are those of one version", async (context) => {
  const place = new PostgresPlace((await sharedPostgres(context)).url);
  const random = seeded(SEED);
  const rows = randomEvents(random, 150).flatMap((event): Row[] => {
    const read = readEvent(event);
    return read.ok ? [rowOf(read.event, read.event.ts)] : [];
  });
  const processes: Process[] = [];
  try {
    for (let start = 0; start < rows.length; start += 20) {
      // Old, new, and old again, which is what a deployment that is taken back does.
      if (start % 200 === 0) processes.push(await openAs(place, start % 400 === 0 ? "old" : "new"));
      const process = processes[Math.floor(random() * processes.length)];
      await process?.store.commit({ events: rows.slice(start, start + 20), changes: [] }, process.projector);
    }
    for (const version of ["old", "new"]) {
      const { store, projector } = await openAs(place, version);
      processes.push({ store, projector, warnings: [] });
      const live = await projections(store);
      expect(live["syncs"]?.length).toBeGreaterThan(50);
      await store.rebuild(projector);
      expect(await projections(store)).toEqual(live);
    }
    expect(processes[0]?.warnings.map(({ code }) => code)).toContain("projected_elsewhere");
  } finally {
    await Promise.all(processes.map(({ store }) => store.close()));
    await place.remove();
  }
});

it("what another version has stored is projected when this one stores something, or is opened", async (context) => {
  const place = new PostgresPlace((await sharedPostgres(context)).url);
  const rows = randomEvents(seeded(SEED), 30).flatMap((event): Row[] => {
    const read = readEvent(event);
    return read.ok ? [rowOf(read.event, read.event.ts)] : [];
  });
  const [first, second, third] = [rows.slice(0, 30), rows.slice(30, 60), rows.slice(60)];
  const old = await openAs(place, "old");
  const recent = await openAs(place, "new");
  const stores = [old.store, recent.store];
  try {
    await recent.store.commit({ events: first, changes: [] }, recent.projector);
    await old.store.commit({ events: second, changes: [] }, old.projector);
    // What is remembered of deployments goes as far as the newest event, which is not projected yet.
    const asked = { store: recent.store, now: () => START + 60 * DAY };
    await dora(asked, {});
    // Nothing new of its own: a position, or the time up to which it has recorded.
    await recent.store.commit({ events: [], changes: [] }, recent.projector);
    const fresh = await dora({ ...asked, store: unasked(recent) }, {});
    expect(await dora(asked, {})).toEqual(fresh);
    const live = await projections(recent.store);
    await recent.store.rebuild(recent.projector);
    expect(await projections(recent.store)).toEqual(live);
    await old.store.commit({ events: third, changes: [] }, old.projector);
    const again = await openAs(place, "new");
    stores.push(again.store);
    const opened = await projections(again.store);
    await again.store.rebuild(again.projector);
    expect(await projections(again.store)).toEqual(opened);
  } finally {
    await Promise.all(stores.map((store) => store.close()));
    await place.remove();
  }
});

it("of several processes that open a store of another version at one time, one makes its projections again", async (context) => {
  const place = new PostgresPlace((await sharedPostgres(context)).url);
  const old = await openAs(place, "old");
  const stores = [old.store];
  try {
    // All have seen that a rebuild is needed before the first begins.
    const opened = await Promise.all(
      [1, 2, 3].map(() =>
        postgresStore({ connectionString: place.url, schema: place.schema }).open([...TABLES], () => {}),
      ),
    );
    stores.push(...opened);
    expect(opened.map(({ projectedBy }) => projectedBy)).toEqual(["old", "old", "old"]);
    const [before] = await old.store.query(EPOCH);
    await Promise.all(opened.map((store) => store.rebuild(projectorOf(store, "new"), { ifNeeded: true })));
    const [after] = await old.store.query(EPOCH);
    expect(Number(after?.value) - Number(before?.value)).toBe(1);
    expect(opened.map(({ projectedBy }) => projectedBy)).toEqual(["new", "new", "new"]);
  } finally {
    await Promise.all(stores.map((store) => store.close()));
    await place.remove();
  }
});
