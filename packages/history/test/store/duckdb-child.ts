import { closeSync, openSync, readSync } from "node:fs";
import { rm, stat, statfs, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { duckdbStore } from "../../src/store/duckdb/duckdb-store.js";
import type { Store } from "../../src/store/store.js";
import { events, SyncProjector, TABLES } from "./sample.js";

/** Opens a store and does what it is told: as a process over its standard input, as a worker thread over its port. */
const { path, options, send } = isMainThread
  ? {
      path: process.argv[2] ?? "",
      options: process.argv[3] ?? "{}",
      send: (text: string) => process.stdout.write(`${text}\n`),
    }
  : {
      path: String(Reflect.get(Object(workerData), "path")),
      options: "{}",
      send: (text: string) => parentPort?.postMessage(text),
    };

const projector = new SyncProjector();
let store: Store | undefined;
let next = 0;

async function run(command: string): Promise<void> {
  const [name, ...args] = command.split(" ");
  if (name === "open") {
    store = await duckdbStore({ path, ...JSON.parse(options) }).open(TABLES, ({ code, message }) =>
      send(`warned ${code} ${message}`),
    );
    send("opened");
  } else if (name === "write") {
    // Groups of 400 from where it is, until it holds this many.
    for (const until = Number(args[0]); next < until; ) {
      const to = Math.min(next + 400, until);
      await store?.commit({ events: events(next, to), changes: [] }, projector);
      next = to;
      send(`stored ${to}`);
    }
    send("written");
  } else if (name === "write-to-log") {
    // Until the write-ahead log has so many bytes.
    while ((await stat(`${path}.wal`)).size < Number(args[0])) {
      await store?.commit({ events: events(next, next + 400), changes: [] }, projector);
      next += 400;
    }
    send(`reached ${next}`);
  } else if (name === "fill") {
    // Leaves so many bytes of the disk.
    const { bavail, bsize } = await statfs(dirname(path));
    await writeFile(join(dirname(path), "ballast"), Buffer.alloc(Math.max(0, bavail * bsize - Number(args[0]))));
    send("filled");
  } else if (name === "free") {
    await rm(join(dirname(path), "ballast"));
    send("freed");
  } else if (name === "from") {
    next = Number(args[0]);
    send("ready");
  } else if (name === "count") {
    const rows = await store?.query({
      sql: `select count(*) as n, count(distinct id) as ids,
            (select sum(events) from syncs) as projected, (select count(*) from syncs) as syncs from events`,
      columns: { n: "bigint", ids: "bigint", projected: "bigint?", syncs: "bigint" },
    });
    const { n, ids, projected, syncs } = rows?.[0] ?? {};
    send(`counted ${n} rows, ${ids} ids, ${projected ?? 0} in ${syncs} syncs`);
  } else if (name === "touch") {
    // Any open and close in the process that holds a POSIX lock drops it.
    const file = openSync(path, "r");
    readSync(file, Buffer.alloc(16));
    closeSync(file);
    send("touched");
  } else if (name === "close") {
    await store?.close();
    send("closed");
  }
}

let last = Promise.resolve();
function take(command: string): void {
  last = last
    .then(() => run(command))
    .catch((error: unknown) => {
      const { name, message } = error instanceof Error ? error : { name: "?", message: String(error) };
      send(`failed ${name}: ${message.replaceAll("\n", " ")}`);
    });
}

if (isMainThread) {
  createInterface({ input: process.stdin })
    .on("line", take)
    .on("close", () => void last.then(() => process.exit(0)));
} else {
  parentPort?.on("message", (command: unknown) => take(String(command)));
}
