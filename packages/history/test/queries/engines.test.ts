import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SEED, seeded } from "@alumiini-internal/test-support/seeded";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { type History, openHistory } from "../../src/history.js";
import { QueryError } from "../../src/queries/answers/common.js";
import { duckdbStore } from "../../src/store/duckdb/duckdb-store.js";
import { postgresStore } from "../../src/store/postgres/postgres-store.js";
import { PostgresPlace, sharedPostgres, stopSharedPostgres } from "../store/postgres-place.js";
import { CLUSTERS, REPOS, randomEvents } from "../support/random-events.js";
import { DAY, MINUTE, START } from "../support/sample-events.js";

stopSharedPostgres();

const NOW = START + 30 * DAY;

interface Both {
  readonly duckdb: History;
  readonly postgres: History;
}

describe("DuckDB and PostgreSQL give the same answers", () => {
  let both: Both;
  let opened: Promise<Both> | undefined;
  let remove: (() => Promise<void>) | undefined;
  const random = seeded(SEED);

  // Only what runs for a test can skip it.
  beforeEach(async (context) => {
    const server = await sharedPostgres(context);
    opened ??= open(server.url);
    both = await opened;
  });

  async function open(url: string): Promise<Both> {
    const directory = await mkdtemp(join(tmpdir(), "history-engines-"));
    const place = new PostgresPlace(url);
    const common = { now: () => NOW, maxDelayMs: 5, onWarning: () => {} };
    const duckdb = await openHistory({ ...common, store: duckdbStore({ path: join(directory, "h.duckdb") }) });
    const postgres = await openHistory({
      ...common,
      store: postgresStore({ connectionString: url, schema: place.schema }),
    });
    const messages = randomEvents(random, 250).map((value, index) => ({ value, source: "stream", sequence: index }));
    // In another order and other groups on each: neither may matter.
    await duckdb.intake(messages);
    for (let index = messages.length; index > 0; index -= 97) {
      await postgres.intake(messages.slice(Math.max(0, index - 97), index));
    }
    remove = async () => {
      await duckdb.close();
      await postgres.close();
      await place.remove();
      await rm(directory, { recursive: true, force: true });
    };
    return { duckdb, postgres };
  }

  afterAll(async () => await remove?.());

  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const scope = () => ({
    ...(random() < 0.3 && { clusterId: pick(CLUSTERS) }),
    ...(random() < 0.3 && { environment: pick(["production", ["staging", "production"], "none"]) }),
    ...(random() < 0.3 && { repoName: pick<string | string[]>([...REPOS, REPOS.slice(0, 4)]) }),
  });
  const range = () => {
    const since = START + Math.floor(random() * 30) * DAY;
    return random() < 0.5 ? {} : { since, until: since + Math.floor(random() * 10 * DAY) };
  };

  const questions: [string, (history: History, input: never) => Promise<unknown>, () => unknown][] = [
    [
      "fleet",
      (history, input) => history.fleet(input),
      () => ({
        ...scope(),
        limit: pick([1, 3, 100]),
        sort: pick(["state", "name"]),
        staleAfterSeconds: pick([3_600, 30 * 86_400]),
        ...(random() < 0.3 && { search: pick(["%", "_", "\\", "é", "LIMITS", "'"]) }),
        ...(random() < 0.3 && { states: pick([["failing"], ["stale", "no_data"], []]) }),
      }),
    ],
    [
      "syncs",
      (history, input) => history.syncs(input),
      () => ({
        ...scope(),
        ...range(),
        limit: pick([1, 20, 500]),
        ...(random() < 0.3 && { outcomes: pick([["failed"], ["rolled_back"], ["succeeded", "unknown"], []]) }),
        ...(random() < 0.2 && { revision: "1111" }),
        ...(random() < 0.2 && { search: pick(["a", "memory", "%"]) }),
      }),
    ],
    [
      "events",
      (history, input) => history.events(input),
      () => ({ ...scope(), ...range(), limit: pick([1, 30, 500]) }),
    ],
    [
      "timeline",
      (history, input) => history.timeline(input),
      () => ({
        ...scope(),
        since: START,
        until: pick([START + DAY, NOW]),
        buckets: pick([1, 7, 240]),
        lanes: pick([0, 3, 40]),
      }),
    ],
    ["slo", (history, input) => history.slo(input), () => ({ ...scope(), ...range(), points: pick([2, 60]) })],
    [
      "dora",
      (history, input) => history.dora(input),
      () => ({
        ...scope(),
        since: START,
        until: pick([START + 10 * DAY, NOW]),
        by: pick(["day", "week", "month"]),
        explain: pick(["deploymentFrequency", "changeFailRate", "changeLeadTime"]),
      }),
    ],
    ["deadLetters", (history, input) => history.deadLetters(input), () => ({ limit: pick([1, 500]) })],
    ["gaps", (history, input) => history.gaps(input), () => ({})],
    ["search", (history, input) => history.search(input), () => ({ text: pick(["a", "1111", "sync-1", "😀", "%"]) })],
    [
      "around",
      (history, input) => history.around(input),
      () => ({
        clusterId: pick(CLUSTERS),
        namespace: "shop",
        repoName: pick(REPOS),
        at: START + Math.floor(random() * 30 * DAY),
        windowMs: pick([15 * MINUTE, DAY]),
      }),
    ],
    ["sync", (history, input) => history.sync(input), () => ({ syncId: `sync-${Math.floor(random() * 250)}` })],
  ];

  it.each(questions)("to %s", async (_, ask, makeInput) => {
    for (let index = 0; index < 20; index++) {
      const input = makeInput() as never;
      const [duckdb, postgres] = await Promise.all([
        settle(ask(both.duckdb, input)),
        settle(ask(both.postgres, input)),
      ]);
      expect({ seed: SEED, input, answer: postgres }).toEqual({ seed: SEED, input, answer: duckdb });
    }
  });

  it("to stats, but for what is the engine's own", async () => {
    const own = { engine: "", usedBytes: 0, since: 0 };
    const duckdb = { ...(await both.duckdb.stats()), ...own };
    expect({ ...(await both.postgres.stats()), ...own }).toEqual(duckdb);
    expect(duckdb.received).toBe(duckdb.stored + duckdb.duplicate + duckdb.ignored + duckdb.refused);
  });

  it("page by page, with every item once", async () => {
    const everything = await both.duckdb.syncs({ limit: 500 });
    for (const history of [both.duckdb, both.postgres]) {
      const ids: string[] = [];
      for (let cursor: string | undefined, more = true; more; ) {
        const page = await history.syncs({ limit: 37, cursor });
        ids.push(...page.items.map(({ clusterId, repoName, syncId }) => `${clusterId}/${repoName}/${syncId}`));
        cursor = page.nextCursor ?? undefined;
        more = cursor !== undefined;
      }
      expect(ids).toHaveLength(everything.total);
      expect(new Set(ids).size).toBe(everything.total);
    }
  });

  it("after a rebuild, too", async () => {
    const answers = async (history: History) => [
      await history.fleet(),
      await history.dora({ since: START }),
      await history.slo({ since: START }),
    ];
    const before = await answers(both.duckdb);
    await both.duckdb.rebuild();
    await both.postgres.rebuild();
    expect(await answers(both.duckdb)).toEqual(before);
    expect(await answers(both.postgres)).toEqual(before);
  });
});

/** That a question can't be answered is an answer, too. */
async function settle(answer: Promise<unknown>): Promise<unknown> {
  return await answer.catch((error: unknown) => {
    if (error instanceof QueryError) return { refused: error.message };
    throw error;
  });
}
