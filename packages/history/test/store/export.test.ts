import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { StoreUnavailable } from "../../src/store/errors.js";
import { exportNdjson } from "../../src/store/export.js";
import type { Run } from "../../src/store/sql.js";
import { DuckDbPlace } from "./duckdb-place.js";
import { EVENTS, events, NO_PROJECTOR } from "./sample.js";

it("an export that fails midway leaves no file that looks whole, and can be made again", async () => {
  const directory = await mkdtemp(join(tmpdir(), "history-export-"));
  const place = await DuckDbPlace.make();
  const store = await place.open();
  try {
    for (let n = 0; n < 12_000; n += 4_000) {
      await store.commit({ events: events(n, n + 4_000), changes: [] }, NO_PROJECTOR);
    }
    const file = join(directory, "events.ndjson");
    let queries = 0;
    const failing: Run = (query) => {
      queries++;
      if (queries > 3) throw new StoreUnavailable("the server is gone");
      return store.query(query);
    };
    const options = { table: "events", format: "ndjson", file } as const;
    await expect(exportNdjson(failing, EVENTS, options)).rejects.toThrow("the server is gone");
    expect(await readdir(directory)).toEqual([]);
    expect(await store.export(options)).toBe(12_000);
  } finally {
    await store.close();
    await place.remove();
    await rm(directory, { recursive: true, force: true });
  }
});
