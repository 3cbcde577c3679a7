import { needPostgres, PostgresServer } from "@alumiini-internal/test-support/postgres-server";
import { expect, onTestFinished, test } from "vitest";
import { alumiini, dataOfTest, fluxDelivery, type Server, servedInTest } from "./support/alumiini.ts";

const SECRET = "flux-secret-of-this-test";

/** Sends deliveries one after the other until it is told to stop. Returns the revisions that were answered with 200. */
function delivering(server: Server) {
  const answered: string[] = [];
  let isOver = false;
  const sending = (async () => {
    for (let number = 0; !isOver; number++) {
      const revision = number.toString(16).padStart(40, "0");
      const delivery = fluxDelivery(`repo-${number % 10}`, SECRET, number % 5 === 0, { revision });
      if ((await fetch(`${server.url}/flux`, delivery)).ok) answered.push(revision);
    }
  })();
  return async () => {
    isOver = true;
    await sending;
    return answered;
  };
}

test("rebuild leaves servers on PostgreSQL alone, unless their deliveries may wait", async (context) => {
  await needPostgres(context);
  const postgres = await PostgresServer.start();
  onTestFinished(() => postgres.stop());
  const env = { ALUMIINI_FLUX_SECRET: SECRET, ALUMIINI_POSTGRES_URL: postgres.url };
  const [data, elsewhere] = [dataOfTest(), dataOfTest()];
  const server = await servedInTest(data, [], env);
  const end = delivering(server);

  const here = await alumiini(["rebuild", "--data", data], env);
  expect([here.status, here.err]).toEqual([expect.any(Number), expect.stringContaining(`${server.url} has ${data}`)]);
  expect(here.err).toContain("--beside-servers");
  // From another machine there is nothing but the database.
  const there = await alumiini(["rebuild", "--data", elsewhere], env);
  expect(there.err).toContain("a server records into this database; stop it first");
  expect([here.status, there.status]).not.toContain(0);

  const allowed = await alumiini(["rebuild", "--data", elsewhere, "--beside-servers"], env);
  expect([allowed.status, allowed.err]).toEqual([0, ""]);
  expect(allowed.out).toMatch(/^\d+ events projected again/);
  const answered = await end();
  const { out } = await alumiini(["export", "--data", data], env);
  expect(answered.length).toBeGreaterThan(0);
  expect(answered.filter((revision) => !out.includes(revision))).toEqual([]);

  // What the server went on with is what a rebuild makes of all.
  const ask = async () => (await alumiini(["syncs", "--data", data, "--output", "ndjson", "--limit", "500"], env)).out;
  const live = await ask();
  await alumiini(["rebuild", "--data", elsewhere, "--beside-servers"], env);
  expect(await ask()).toBe(live);
});

test("rebuild never runs beside a server on DuckDB", async () => {
  const data = dataOfTest();
  const server = await servedInTest(data, [], { ALUMIINI_FLUX_SECRET: SECRET });
  const { status, err } = await alumiini(["rebuild", "--data", data, "--beside-servers"]);
  expect(status).not.toBe(0);
  expect(err).toContain(`${server.url} has ${data}; stop it first`);
});
