import { join } from "node:path";
import { needPostgres, PostgresServer } from "@alumiini-internal/test-support/postgres-server";
import { needProgram } from "@alumiini-internal/test-support/programs";
import { SEED } from "@alumiini-internal/test-support/seeded";
import { afterAll, beforeAll, describe, it } from "vitest";
import { DuckDbPlace } from "../store/duckdb-place.js";
import { PostgresPlace } from "../store/postgres-place.js";
import { bundle } from "../support/children.js";
import { killAtRandom } from "./kill-at-random.js";
import { STREAM_TABLES } from "./sample-target.js";

/** The same run on both engines. */
export function killTests({
  events,
  kills,
  timeoutMs,
  report,
}: {
  events: number;
  kills: number;
  timeoutMs: number;
  /** Takes the totals of a run. */
  report?: (line: string) => void;
}): void {
  describe(`kill -9 of emitter, consumer, broker and database, ${kills} times at random`, () => {
    const run = { events, kills, seed: SEED, ...(report !== undefined && { report }) };
    let bundled: Awaited<ReturnType<typeof bundle>>;

    beforeAll(async () => {
      bundled = await bundle(join(import.meta.dirname, "pipeline-child.ts"));
    });
    afterAll(() => bundled.remove());

    it(
      `loses none of ${events} events and stores none twice on DuckDB`,
      async (context) => {
        needProgram(context, "nats-server");
        const place = await DuckDbPlace.make();
        try {
          const options = { path: place.path };
          await killAtRandom({ ...run, program: bundled.program, options, open: () => place.open(STREAM_TABLES) });
        } finally {
          await place.remove();
        }
      },
      timeoutMs,
    );

    it(
      `loses none of ${events} events and stores none twice on PostgreSQL`,
      async (context) => {
        needProgram(context, "nats-server");
        await needPostgres(context);
        const server = await PostgresServer.start();
        try {
          const place = new PostgresPlace(server.url);
          await killAtRandom({
            ...run,
            program: bundled.program,
            options: { connectionString: place.url, schema: place.schema },
            killDatabase: async () => {
              await server.kill();
              await server.restart();
            },
            open: () => place.open(STREAM_TABLES),
          });
        } finally {
          await server.stop();
        }
      },
      timeoutMs,
    );
  });
}
