import { freePort } from "@alumiini-internal/test-support/ports";
import { PostgresServer } from "@alumiini-internal/test-support/postgres-server";
import { expect, it } from "vitest";
import { loadServer } from "../support/load-run.ts";

it("loses nothing of 2,000 deliveries a second for a minute, beside the page and questions", async () => {
  const run = await loadServer(2000, 60);
  process.stdout.write(`${JSON.stringify(run)}\n`);
  expect(run.statuses).toEqual({ 200: 120_000 });
}, 600_000);

it("loses nothing that was answered when it is killed in the middle of that", async () => {
  const run = await loadServer(2000, 60, { killAfterMs: 30_000 });
  process.stdout.write(`${JSON.stringify(run)}\n`);
  expect(run.statuses["200"]).toBeGreaterThan(10_000);
}, 600_000);

it.each(["DuckDB", "PostgreSQL"] as const)(
  "loses nothing of 1,000 deliveries a second on %s, while three receivers are down",
  async (engine) => {
    // Nobody listens on any of them.
    const env = {
      ALUMIINI_HTTP_URL: `http://127.0.0.1:${await freePort()}/cdevents`,
      ALUMIINI_NATS_SERVERS: `nats://127.0.0.1:${await freePort()}`,
      ALUMIINI_NATS_STREAM: "ALUMIINI",
      ALUMIINI_KAFKA_BROKERS: `127.0.0.1:${await freePort()}`,
      ALUMIINI_KAFKA_TOPIC: "alumiini",
    };
    const postgres = engine === "PostgreSQL" ? await PostgresServer.start() : undefined;
    try {
      const run = await loadServer(1000, 60, {
        env: { ...env, ...(postgres && { ALUMIINI_POSTGRES_URL: postgres.url }) },
      });
      process.stdout.write(`${JSON.stringify(run)}\n`);
      expect(run.statuses).toEqual({ 200: 60_000 });
    } finally {
      await postgres?.stop();
    }
  },
  600_000,
);
