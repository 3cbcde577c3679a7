import { link, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { duckdbStore } from "../../src/store/duckdb/duckdb-store.js";
import { holdFile } from "../../src/store/duckdb/guard.js";
import { StoreError, StoreHeld } from "../../src/store/errors.js";
import { bundle, Child } from "../support/children.js";
import { DuckDbPlace } from "./duckdb-place.js";
import { events, NO_PROJECTOR, TABLES } from "./sample.js";

const COUNT = { sql: "select count(*) as n from events", columns: { n: "bigint" } } as const;

describe("two openings of one DuckDB file", () => {
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

  function child(path = place.path): Child {
    const started = new Child([process.execPath, bundled.program, path]);
    children.push(started);
    return started;
  }

  it("in one process: the second is refused, by every name of the file, and nothing is lost", async () => {
    const store = await place.open();
    await store.commit({ events: events(0, 1_000), changes: [] }, NO_PROJECTOR);
    const other = join(place.directory, "other.duckdb");
    await symlink(place.path, other);
    await mkdir(join(place.directory, "sub"));
    for (const path of [place.path, other, join(place.directory, "sub", "..", "history.duckdb")]) {
      const second = duckdbStore({ path }).open(TABLES, () => {});
      await expect(second).rejects.toThrow(StoreHeld);
      await expect(second).rejects.toThrow(`is held by node (PID ${process.pid}`);
    }
    await store.commit({ events: events(1_000, 2_000), changes: [] }, NO_PROJECTOR);
    await store.close();
    const again = await place.open();
    expect(await again.query(COUNT)).toEqual([{ n: 2_000 }]);
    await again.close();
    expect((await readdir(place.directory)).filter((name) => name.includes("lock"))).toEqual([]);
  });

  it("through a hard link: refused, for no lock by path could see it", async () => {
    await (await place.open()).close();
    await link(place.path, join(place.directory, "linked.duckdb"));
    await expect(place.open()).rejects.toThrow("has 2 hard links");
  });

  it("in a worker thread: the second is refused, and the next one may when the first is closed", async () => {
    const store = await place.open();
    await store.commit({ events: events(0, 1_000), changes: [] }, NO_PROJECTOR);
    const worker = new Worker(bundled.program, { workerData: { path: place.path } });
    const said: string[] = [];
    let heard = (): void => {};
    worker.on("message", (text: string) => {
      said.push(text);
      heard();
    });
    const tell = async (command: string): Promise<string> => {
      const reply = new Promise<void>((resolve) => {
        heard = resolve;
      });
      worker.postMessage(command);
      await reply;
      return said.at(-1) ?? "";
    };
    expect(await tell("open")).toContain(`failed StoreHeld: ${place.path} is held by node (PID ${process.pid}`);
    await store.close();
    expect(await tell("open")).toBe("opened");
    await expect(place.open()).rejects.toThrow("worker thread");
    // The kernel takes its guard along, though the process lives on.
    await worker.terminate();
    const again = await place.open();
    expect(await again.query(COUNT)).toEqual([{ n: 1_000 }]);
    await again.close();
  });

  it("in another process, also after the file was read in the first: refused, naming program and process", async () => {
    const first = child();
    first.tell("open");
    await first.says("opened");
    first.tell("write 1000");
    await first.says("written");
    await expect(place.open()).rejects.toThrow(`${place.path} is held by node (PID ${first.pid})`);
    first.tell("touch");
    await first.says("touched");
    await expect(place.open()).rejects.toThrow(StoreHeld);
    const from = first.lines.length;
    first.tell("write 2000");
    await first.says("written", from);
    first.tell("close");
    await first.says("closed");
    const store = await place.open();
    expect(await store.query(COUNT)).toEqual([{ n: 2_000 }]);
    await store.close();
  });

  it("after a kill -9: opens at once, however many openings were killed", async () => {
    for (let round = 0; round < 3; round++) {
      const killed = child();
      killed.tell("open");
      await killed.says("opened");
      await killed.kill();
    }
    const store = await place.open();
    await store.close();
  });

  it("by a program that knows no guard: refused in DuckDB's words, which name it", async () => {
    const script = join(bundled.program, "..", "plain.mjs");
    await writeFile(
      script,
      `import { DuckDBInstance } from "@duckdb/node-api"; await DuckDBInstance.create(process.argv[2]); console.log("opened"); setInterval(() => {}, 1000);`,
    );
    const plain = new Child([process.execPath, script, place.path]);
    children.push(plain);
    await plain.says("opened");
    const refused = place.open();
    await expect(refused).rejects.toThrow(StoreHeld);
    await expect(refused).rejects.toThrow(new RegExp(`is held by .*node.* \\(PID ${plain.pid}\\)`));
  });

  it("of many at one time exactly one gets it", async () => {
    const path = join(place.directory, "file");
    const results = await Promise.allSettled(Array.from({ length: 12 }, () => holdFile(path)));
    const held = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    expect(held).toHaveLength(1);
    await held[0]?.release();
    await (await holdFile(path)).release();
  });

  it.each([4, 120])(
    "of many that come and go, each gets it or hears who has it (a name of %i bytes)",
    async (length) => {
      const path = join(place.directory, "f".repeat(length));
      let holders = 0;
      let most = 0;
      const comeAndGo = async () => {
        for (let times = 0; times < 100; times++) {
          const guard = await holdFile(path).catch((error: unknown) => {
            if (!(error instanceof StoreHeld)) throw error;
          });
          if (guard === undefined) continue;
          most = Math.max(most, ++holders);
          await new Promise((resolve) => setImmediate(resolve));
          holders--;
          await guard.release();
        }
      };
      await Promise.all([comeAndGo(), comeAndGo(), comeAndGo()]);
      expect(most).toBe(1);
      expect(await readdir(place.directory)).toEqual([]);
    },
  );

  it("under a path that is too long for a socket", async () => {
    const deep = join(place.directory, "d".repeat(120));
    await mkdir(deep);
    const path = join(deep, "history.duckdb");
    const store = await duckdbStore({ path }).open(TABLES, () => {});
    await expect(duckdbStore({ path }).open(TABLES, () => {})).rejects.toThrow(StoreHeld);
    await store.close();
  });

  it("where something else listens in its place: refused, never opened", async () => {
    const directory = `${place.path}.lock`;
    await mkdir(directory);
    const server = createServer(() => {}).listen(join(directory, "owner-0123456789abcdef.sock"));
    await expect(place.open()).rejects.toThrow("held by another process");
    await new Promise((resolve) => server.close(resolve));
  });

  it("in a directory that is not there: an error that says so", async () => {
    const path = join(place.directory, "nowhere", "history.duckdb");
    await expect(duckdbStore({ path }).open(TABLES, () => {})).rejects.toThrow(StoreError);
    await expect(duckdbStore({ path }).open(TABLES, () => {})).rejects.toThrow("nowhere");
  });
});
