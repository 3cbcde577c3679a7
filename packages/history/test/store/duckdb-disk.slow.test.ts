import { spawnSync } from "node:child_process";
import { open, readdir, readFile, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { SEED, seeded } from "@alumiini-internal/test-support/seeded";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { duckdbStore } from "../../src/store/duckdb/duckdb-store.js";
import { StoreDamaged, StoreUnavailable } from "../../src/store/errors.js";
import { bundle, Child } from "../support/children.js";
import { DuckDbPlace } from "./duckdb-place.js";
import { DAY, events, NO_PROJECTOR, START, SyncProjector, TABLES } from "./sample.js";

const COUNT = {
  sql: "select count(*) as n, count(distinct id) as ids from events",
  columns: { n: "bigint", ids: "bigint" },
} as const;
const MIB = 2 ** 20;

/** Runs with a small disk of its own at a directory, which only it sees. */
function onSmallDisk(directory: string, mebibytes: number, command: string): [string, ...string[]] {
  const script = `mount -t tmpfs -o size=${mebibytes}m tmpfs '${directory}' && exec ${command}`;
  return ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script];
}

function needSmallDisks(context: { skip(reason: string): void }): void {
  const [program, ...args] = onSmallDisk("/mnt", 1, "true");
  if (spawnSync(program, args).status !== 0) context.skip("unshare may not mount a disk here");
}

describe("a DuckDB file and its disk", () => {
  let bundled: Awaited<ReturnType<typeof bundle>>;
  let place: DuckDbPlace;
  const children: Child[] = [];

  beforeAll(async () => {
    bundled = await bundle(join(import.meta.dirname, "duckdb-child.ts"));
  });
  afterAll(() => bundled.remove());
  beforeEach(async () => {
    place = await DuckDbPlace.make();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await child.kill();
    await place.remove();
  });

  function start(command: [string, ...string[]]): Child {
    const child = new Child(command);
    children.push(child);
    return child;
  }

  /** What it replies to each command. */
  const REPLIES: Readonly<Record<string, string>> = {
    open: "opened",
    write: "written",
    "write-to-log": "reached",
    count: "counted",
    close: "closed",
    fill: "filled",
    free: "freed",
    from: "ready",
  };

  async function ask(child: Child, command: string): Promise<string> {
    const from = child.lines.length;
    child.tell(command);
    return child.says([REPLIES[command.split(" ")[0] ?? ""] ?? command, "failed"], from);
  }

  it("full while the write-ahead log is written: nothing half stored, reads go on, and so do writes when there is room", async (context) => {
    needSmallDisks(context);
    const child = start(onSmallDisk(place.directory, 64, `'${process.execPath}' '${bundled.program}' '${place.path}'`));
    expect(await ask(child, "open")).toBe("opened");
    expect(await ask(child, "write 4000")).toBe("written");
    expect(await ask(child, "fill 65536")).toBe("filled");
    const refused = await ask(child, "write 40000");
    expect(refused).toMatch(/failed StoreUnavailable: The disk of .*history.duckdb is full/);
    const stored = Number(
      child.lines
        .filter((line) => line.startsWith("stored"))
        .at(-1)
        ?.split(" ")[1],
    );
    expect(await ask(child, "count")).toBe(`counted ${stored} rows, ${stored} ids, ${stored} in ${stored / 10} syncs`);
    expect(await ask(child, "free")).toBe("freed");
    expect(await ask(child, "from 0")).toBe("ready");
    expect(await ask(child, "write 8000")).toBe("written");
    expect(await ask(child, "count")).toBe("counted 8000 rows, 8000 ids, 8000 in 800 syncs");
    expect(await ask(child, "close")).toBe("closed");
  });

  it("full at a checkpoint: the commit that throws has happened, is not stored twice, and the file is opened again", async (context) => {
    needSmallDisks(context);
    const options = '{"memoryLimitMb":64}';
    const program = `'${process.execPath}' '${bundled.program}' '${place.path}' '${options}'`;
    const child = start(onSmallDisk(place.directory, 64, program));
    expect(await ask(child, "open")).toBe("opened");
    // DuckDB checkpoints at a log of a quarter of its memory. There is room for the log, and none for what the checkpoint writes.
    const reached = Number((await ask(child, `write-to-log ${15 * MIB}`)).split(" ")[1]);
    expect(await ask(child, `fill ${3 * MIB}`)).toBe("filled");
    expect(await ask(child, `write ${reached + 40_000}`)).toMatch(/^failed StoreUnavailable/);
    expect(await ask(child, "free")).toBe("freed");
    const acknowledged = Number(
      child.lines
        .filter((line) => line.startsWith("stored"))
        .at(-1)
        ?.split(" ")[1] ?? reached,
    );
    // All from the acknowledged row on again, as a stream does.
    expect(await ask(child, `from ${acknowledged}`)).toBe("ready");
    expect(await ask(child, `write ${reached + 40_000}`)).toBe("written");
    expect(child.lines.some((line) => line.startsWith("warned reopened"))).toBe(true);
    const all = reached + 40_000;
    expect(await ask(child, "count")).toBe(`counted ${all} rows, ${all} ids, ${all} in ${all / 10} syncs`);
    expect(await ask(child, "close")).toBe("closed");
  });

  it("read-only: says so, and answers queries when it is opened for them", async (context) => {
    needSmallDisks(context);
    const store = await place.open();
    await store.commit({ events: events(0, 100), changes: [] }, NO_PROJECTOR);
    await store.close();
    const readOnly = (options: string) => {
      const script = `mount --bind -o ro '${place.directory}' '${place.directory}' && mount -o remount,bind,ro '${place.directory}' && exec '${process.execPath}' '${bundled.program}' '${place.path}' '${options}'`;
      return start(["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script]);
    };
    expect(await ask(readOnly("{}"), "open")).toMatch(
      /failed StoreUnavailable: .*Read-only|failed StoreUnavailable: .*EROFS/i,
    );
    const reader = readOnly('{"readOnly":true}');
    expect(await ask(reader, "open")).toBe("opened");
    expect(await ask(reader, "count")).toBe("counted 100 rows, 100 ids, 0 in 0 syncs");
    expect(await ask(reader, "write 400")).toMatch(/^failed StoreUnavailable/);
  });

  it("with flipped bytes: no wrong answer, an error that says damaged, and the process lives", async () => {
    const random = seeded(SEED);
    const store = await place.open();
    for (let n = 0; n < 20_000; n += 2_000)
      await store.commit({ events: events(n, n + 2_000), changes: [] }, NO_PROJECTOR);
    await store.close();
    const clean = await readFile(place.path);
    const sum = {
      sql: `select count(*) as n, sum(ts - ${START}) as ts, sum(length(body)) as body from events`,
      columns: { n: "bigint", ts: "bigint", body: "bigint" },
    } as const;
    const truth = await answer();
    expect(truth).toMatchObject([{ n: 20_000, ts: 199_990_000_000 }]);
    let damaged = 0;
    for (let round = 0; round < 12; round++) {
      const file = await open(place.path, "r+");
      const at = Math.floor(random() * clean.length);
      await file.write(clean, 0, clean.length, 0);
      await file.write(Buffer.from([(clean[at] ?? 0) ^ 0xff]), 0, 1, at);
      await file.close();
      const result = await answer();
      // Unused bytes change nothing.
      if (result instanceof Error) {
        expect(result, `seed ${SEED}, byte ${at}`).toBeInstanceOf(StoreDamaged);
        damaged++;
      } else expect(result).toEqual(truth);
    }
    expect(damaged).toBeGreaterThan(3);

    async function answer(): Promise<unknown> {
      try {
        const opened = await place.open();
        try {
          return await opened.query(sum);
        } finally {
          await opened.close();
        }
      } catch (error) {
        return error;
      }
    }
  });

  /** A file whose log holds the last 4,000 of 8,000 rows, as a kill leaves it. */
  async function leaveLog(): Promise<void> {
    const child = start([process.execPath, bundled.program, place.path]);
    expect(await ask(child, "open")).toBe("opened");
    expect(await ask(child, "write 4000")).toBe("written");
    expect(await ask(child, "close")).toBe("closed");
    expect(await ask(child, "open")).toBe("opened");
    expect(await ask(child, "write 8000")).toBe("written");
    await child.kill();
  }

  it("with a damaged write-ahead log: moves it aside, says so, and takes what is missing again", async () => {
    await leaveLog();
    const log = await open(`${place.path}.wal`, "r+");
    const { size } = await log.stat();
    const { buffer } = await log.read(Buffer.alloc(1), 0, 1, Math.floor(size / 2));
    await log.write(Buffer.from([(buffer[0] ?? 0) ^ 0xff]), 0, 1, Math.floor(size / 2));
    await log.close();
    const store = await place.open();
    expect(place.warnings.map(({ code }) => code)).toEqual(["wal_damaged"]);
    expect(place.warnings[0]?.message).toContain("Streams are read again from the stored position");
    expect((await readdir(place.directory)).some((name) => name.includes(".wal.damaged-"))).toBe(true);
    expect(await store.query(COUNT)).toEqual([{ n: 4_000, ids: 4_000 }]);
    const projector = new SyncProjector();
    for (let n = 0; n < 8_000; n += 2_000) await store.commit({ events: events(n, n + 2_000), changes: [] }, projector);
    expect(await store.query(COUNT)).toEqual([{ n: 8_000, ids: 8_000 }]);
    await store.close();
  });

  it("with a write-ahead log that was cut short: opens with whole groups, and takes what is missing again", async () => {
    await leaveLog();
    await truncate(`${place.path}.wal`, Math.floor((await stat(`${place.path}.wal`)).size * 0.6));
    const store = await place.open();
    const [row] = await store.query(COUNT);
    expect(row?.n).toBeGreaterThanOrEqual(4_000);
    expect((row?.n ?? 1) % 400).toBe(0);
    const projector = new SyncProjector();
    for (let n = 0; n < 8_000; n += 2_000) await store.commit({ events: events(n, n + 2_000), changes: [] }, projector);
    expect(await store.query(COUNT)).toEqual([{ n: 8_000, ids: 8_000 }]);
    await store.close();
  });

  it("gives freed blocks to new rows: the used size falls with retention, the file does not grow when it is refilled", async () => {
    const store = await place.open();
    const fill = async (day: number): Promise<void> => {
      for (let n = 0; n < 60_000; n += 2_000) {
        const rows = events(n, n + 2_000).map((row, index) => ({
          ...row,
          id: `${day}-${n + index}`,
          ts: START + day * DAY + n + index,
        }));
        await store.commit({ events: rows, changes: [] }, NO_PROJECTOR);
      }
    };
    for (const day of [0, 1, 2, 3]) await fill(day);
    await store.retain(START, async () => [], NO_PROJECTOR); // Checkpoints, so that sizes can be compared.
    const full = await store.size();
    await store.retain(START + 3 * DAY, async () => [], NO_PROJECTOR);
    const emptied = await store.size();
    expect(emptied.usedBytes).toBeLessThan(full.usedBytes / 2);
    for (const day of [4, 5, 6]) await fill(day);
    await store.retain(START + 3 * DAY, async () => [], NO_PROJECTOR);
    expect((await store.size()).totalBytes).toBeLessThanOrEqual(full.totalBytes * 1.4);
    await store.close();
  });

  it("refuses a query that needs more memory than it may have, not the process", async () => {
    const store = await place.open(TABLES, { memoryLimitMb: 32, maxTempMb: 0, threads: 1 });
    const big = store.query(
      {
        sql: "select count(*) as n from (select distinct a.i * 7919 + b.j as x from generate_series(1, 3000) a(i), generate_series(1, 3000) b(j)) d",
        columns: { n: "bigint" },
      },
      { deadlineMs: 60_000 },
    );
    await expect(big).rejects.toThrow(StoreUnavailable);
    await expect(big).rejects.toThrow("more memory than memoryLimitMb");
    await store.commit({ events: events(0, 10), changes: [] }, NO_PROJECTOR);
    expect(await store.query(COUNT)).toEqual([{ n: 10, ids: 10 }]);
    await store.close();
  });

  it("is backed up through the engine while it is written, and the copy opens", async () => {
    const exportDirectory = join(place.directory, "out");
    const store = await place.open(TABLES, { exportDirectory });
    await store.commit({ events: events(0, 2_000), changes: [] }, new SyncProjector());
    const backup = store.backup("copy.duckdb");
    for (let n = 2_000; n < 10_000; n += 400)
      await store.commit({ events: events(n, n + 400), changes: [] }, new SyncProjector());
    await backup;
    await expect(store.backup("copy.duckdb")).rejects.toThrow("exists already");
    await expect(store.backup("../history.duckdb")).rejects.toThrow("not in");
    expect(await store.export({ table: "events", format: "parquet", file: "events.parquet" })).toBe(10_000);
    expect((await readFile(join(exportDirectory, "events.parquet"))).subarray(0, 4).toString()).toBe("PAR1");
    expect(await readdir(exportDirectory)).toEqual(["copy.duckdb", "events.parquet"]);
    const copy = await duckdbStore({ path: join(exportDirectory, "copy.duckdb") }).open(TABLES, () => {});
    const [row] = await copy.query(COUNT);
    expect(row?.n).toBeGreaterThanOrEqual(2_000);
    expect(row?.n).toBe(row?.ids);
    await copy.commit({ events: events(0, 2_000), changes: [] }, NO_PROJECTOR);
    expect(await copy.query(COUNT)).toEqual([row]);
    await copy.close();
    // Neither of it has dropped DuckDB's own lock.
    const plain = `const { DuckDBInstance } = await import("@duckdb/node-api"); await DuckDBInstance.create(process.argv[1])`;
    const other = spawnSync(process.execPath, ["--input-type=module", "-e", plain, place.path], {
      cwd: import.meta.dirname,
      encoding: "utf8",
    });
    expect(other.stderr).toContain("Could not set lock");
    await store.close();
    const without = await place.open();
    await expect(without.backup("copy.duckdb")).rejects.toThrow("exportDirectory");
    await without.close();
  });

  it("lets SQL reach nothing but its tables", async () => {
    const store = await place.open();
    for (const sql of [
      "select * from read_csv('/etc/hostname')",
      "select * from read_text('/etc/hostname')",
      `attach '${join(place.directory, "x.duckdb")}' as x`,
      `copy (select 1) to '${join(place.directory, "x.csv")}'`,
      "install httpfs",
      "load httpfs",
      "select * from 'https://example.invalid/x.parquet'",
      "set enable_external_access = true",
      "set threads = 8",
    ]) {
      await expect(store.query({ sql, columns: { a: "text?" } }), sql).rejects.toThrow(
        /Permission Error|locked|disabled|Catalog Error/,
      );
    }
    expect((await readdir(place.directory)).sort()).toEqual([
      "history.duckdb",
      "history.duckdb.lock",
      "history.duckdb.wal",
    ]);
    await store.close();
  });
});
