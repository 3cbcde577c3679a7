import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FLEET_STATES } from "../../src/queries/answers/states.js";
import { duckdbHistory, type TestHistory } from "../support/histories.js";
import { asCdevents, DAY, HOUR, MINUTE, START, syncEvents, wire } from "../support/sample-events.js";

const NOW = START + 10 * DAY;
const ENVIRONMENT = { "deployment.environment.name": "production" };

/** One repository in each state. */
function fleetStory(): unknown[] {
  const ok = (repo: string, at: number, commit = "aaaa1111") =>
    syncEvents({ sync: `${repo}-ok`, repo, at, commit, attributes: ENVIRONMENT });
  return [
    ...ok("failing", NOW - 3 * HOUR, "aaaa1111"),
    ...syncEvents({ sync: "f1", repo: "failing", at: NOW - 30 * MINUTE, commit: "bbbb2222", fails: "apply" }),
    ...syncEvents({ sync: "f2", repo: "failing", at: NOW - 20 * MINUTE, commit: "bbbb2222", fails: "apply" }),
    ...ok("stuck", NOW - 40 * MINUTE),
    ...syncEvents({ sync: "st", repo: "stuck", at: NOW - 22 * MINUTE, commit: "cccc3333", open: true }),
    ...ok("drifted", NOW - 30 * MINUTE),
    wire("drift_detected", NOW - 24 * MINUTE, {
      repo_name: "drifted",
      attributes: { "alumiini.resource.key": "Deployment/edge/nginx" },
    }),
    ...ok("stale", NOW - 2 * HOUR),
    wire("git_fetched", NOW - 5 * MINUTE, { repo_name: "silent", commit: "dddd4444", duration_ms: 100 }),
    ...ok("suspended", NOW - 13 * DAY),
    {
      ...wire("git_fetched", NOW - MINUTE, { repo_name: "suspended", duration_ms: 1 }),
      attributes: { "alumiini.source.suspended": true },
    },
    ...ok("syncing", NOW - 30 * MINUTE),
    ...syncEvents({ sync: "sy", repo: "syncing", at: NOW - 14_000, commit: "eeee5555", open: true }),
    ...ok("healthy", NOW - 41 * MINUTE),
  ];
}

describe("fleet", () => {
  let place: TestHistory;

  beforeAll(async () => {
    place = await duckdbHistory(NOW);
    await place.add(fleetStory());
  });

  afterAll(async () => await place[Symbol.asyncDispose]());

  it("names the state of each repository in the order that is the same everywhere", async () => {
    const { items, counts, total, matching, nextCursor } = await place.history.fleet();
    expect(items.map(({ state }) => state)).toEqual(FLEET_STATES);
    expect(items.map(({ repoName }) => repoName)).toEqual([
      "failing",
      "stuck",
      "drifted",
      "stale",
      "silent",
      "suspended",
      "syncing",
      "healthy",
    ]);
    expect(Object.values(counts)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
    expect({ total, matching, nextCursor }).toEqual({ total: 8, matching: 8, nextCursor: null });
  });

  it("says since when, why, what runs and what is wanted", async () => {
    const { items } = await place.history.fleet({ states: ["failing", "drifted", "suspended", "healthy"] });
    expect(items[0]).toMatchObject({
      since: NOW - 30 * MINUTE + 10_000,
      runningRevision: "aaaa1111",
      wantedRevision: "bbbb2222",
      environment: "production",
      why: { code: "sync_failed", errorType: "validation", errorMessage: "limits.memory" },
      lastOutcomes: [{ outcome: "succeeded" }, { outcome: "failed" }, { outcome: "failed" }],
    });
    expect(items[1]).toMatchObject({
      since: NOW - 24 * MINUTE,
      driftedResources: 1,
      why: { code: "drift_open", resourceKey: "Deployment/edge/nginx" },
    });
    expect(items[2]).toMatchObject({ suspendedAsOf: NOW - MINUTE, since: NOW - MINUTE });
    expect(items[3]).toMatchObject({ since: NOW - 41 * MINUTE + 10_000, wantedRevision: null });
  });

  it("pages, filters and searches in the store", async () => {
    const first = await place.history.fleet({ limit: 3 });
    const second = await place.history.fleet({ limit: 3, cursor: first.nextCursor ?? undefined });
    const third = await place.history.fleet({ limit: 3, cursor: second.nextCursor ?? undefined });
    const names = [first, second, third].flatMap(({ items }) => items.map(({ state }) => state));
    expect(names).toEqual(FLEET_STATES);
    expect(third.nextCursor).toBeNull();
    expect(await place.history.fleet({ search: "LIMITS.mem" })).toMatchObject({ matching: 1, total: 8 });
    const byName = await place.history.fleet({ sort: "name", limit: 2 });
    expect(byName.items.map(({ repoName }) => repoName)).toEqual(["drifted", "failing"]);
    const more = await place.history.fleet({ sort: "name", limit: 2, cursor: byName.nextCursor ?? undefined });
    expect(more.items.map(({ repoName }) => repoName)).toEqual(["healthy", "silent"]);
    expect(await place.history.fleet({ clusterId: "elsewhere" })).toMatchObject({ total: 0, items: [] });
  });

  it("refuses a cursor that is not its own", async () => {
    await expect(place.history.fleet({ cursor: "x" })).rejects.toThrow("cursor is not a cursor of this query");
  });
});

describe("syncs, sync, events and search", () => {
  let place: TestHistory;
  const kulta = (id: string, phase: string, at: number) => ({
    context: {
      version: "0.4.1",
      id,
      source: "https://kulta.io/controller",
      type: `dev.cdevents.service.${phase}.0.2.0`,
      timestamp: new Date(at).toISOString(),
    },
    subject: {
      id: "/rollouts/checkout-api/x",
      type: "service",
      content: { environment: { id: "shop/checkout-api" }, artifactId: "pkg:oci/checkout@sha256:1" },
    },
    customData: {
      kulta: {
        rollout: { namespace: "shop", name: "checkout-api", uid: "5f1c0000-1", generation: 41 },
        strategy: "canary",
        step: { index: 1, total: 5, traffic_weight: 20 },
        decision: { reason: "analysis_failed" },
      },
    },
  });

  beforeAll(async () => {
    place = await duckdbHistory(NOW);
    const failed = syncEvents({
      sync: "s2",
      at: START + HOUR,
      took: 40_000,
      commit: "9f3c1ab",
      fails: "apply",
      applied: 9,
    });
    await place.add([
      ...syncEvents({ sync: "s1", at: START, commit: "41d7e02" }),
      wire("webhook_received", START + HOUR - 1_300, { commit: "9f3c1ab", duration_ms: 12 }),
      ...failed.map((event) => ({ ...event, trigger: "webhook" })),
      ...failed.flatMap(asCdevents),
      ...syncEvents({
        sync: "s3",
        at: START + 2 * HOUR,
        commit: "c1d20aa",
        previous: "41d7e02",
        attributes: { "alumiini.rollout.ref": "shop/checkout-api" },
      }),
      ...syncEvents({ sync: "s4", at: START + 3 * HOUR, commit: "41d7e02", previous: "c1d20aa" }),
      ...syncEvents({ sync: "x1", repo: "ledger", at: START + HOUR + 5 * MINUTE, commit: "ffff000", fails: "apply" }),
      kulta("k1", "deployed", START + 2 * HOUR + MINUTE),
      kulta("k2", "rolledback", START + 2 * HOUR + 2 * MINUTE),
    ]);
  });

  afterAll(async () => await place[Symbol.asyncDispose]());

  it("lists syncs newest first, with rollbacks found", async () => {
    const { items, total, failed } = await place.history.syncs();
    expect(items.map(({ syncId, outcome }) => [syncId, outcome])).toEqual([
      ["s4", "rolled_back"],
      ["s3", "rolled_back"],
      ["x1", "failed"],
      ["s2", "failed"],
      ["s1", "succeeded"],
    ]);
    expect({ total, failed }).toEqual({ total: 5, failed: 2 });
  });

  it("filters syncs by outcome, error, revision and page", async () => {
    expect(await place.history.syncs({ outcomes: ["failed"], repoName: "checkout" })).toMatchObject({ total: 1 });
    expect((await place.history.syncs({ outcomes: ["rolled_back"] })).items.map(({ syncId }) => syncId)).toEqual([
      "s4",
    ]);
    expect((await place.history.syncs({ revision: "9f3c" })).items.map(({ syncId }) => syncId)).toEqual(["s2"]);
    const first = await place.history.syncs({ limit: 2 });
    const second = await place.history.syncs({ limit: 2, cursor: first.nextCursor ?? undefined });
    expect(second.items.map(({ syncId }) => syncId)).toEqual(["x1", "s2"]);
    await expect(place.history.syncs({ revision: "9f" })).rejects.toThrow("revision must have 4 characters or more");
  });

  it("shows the waterfall of a sync, with gaps and what was before it", async () => {
    const answer = await place.history.sync({ syncId: "s2" });
    expect(answer.sync).toMatchObject({ outcome: "failed", failedStep: "apply", resourcesApplied: 9, events: 4 });
    expect(answer.steps.map(({ kind, offsetMs, durationMs }) => [kind, offsetMs, durationMs])).toEqual([
      ["webhook", -1_300, 12],
      ["sync", 0, 40_000],
      ["git", 0, 8_000],
      ["gap", 8_000, 8_000],
      ["apply", 16_000, 20_000],
      ["gap", 36_000, 4_000],
    ]);
    expect(answer).toMatchObject({
      previousSyncId: "s1",
      nextSyncId: "s3",
      sameError: [{ repoName: "ledger", syncId: "x1" }],
      lastOutcomes: [{ syncId: "s1" }, { syncId: "s2" }],
    });
    expect(answer.events).toHaveLength(4);
    expect(answer.resources).toHaveLength(2);
    expect(await place.history.sync({ syncId: "none" })).toMatchObject({ sync: null, steps: [] });
  });

  it("shows the rollout that a sync handed over to", async () => {
    const { rollout, around } = await place.history.sync({ syncId: "s3" });
    expect(rollout).toMatchObject([
      { phase: "deployed", strategy: "canary", index: 1, total: 5, trafficWeight: 20, reason: "analysis_failed" },
      { phase: "rolledback" },
    ]);
    expect(around[0]).toMatchObject({
      grade: "exact",
      reason: { code: "same_rollout", text: "same rollout shop/checkout-api, uid 5f1c0000, generation 41" },
    });
  });

  it("shows a rollout of which KULTA's occurrences tell", async () => {
    await using other = await duckdbHistory(NOW);
    const occurrence = (type: string, at: number, fields: object) => ({
      id: type,
      timestamp: new Date(at).toISOString(),
      source: "kulta",
      type,
      context: { namespace: "shop", correlation_keys: [{ type: "deployment", value: "checkout-api" }] },
      entities: [{ type: "rollout", id: "5f1c", name: "checkout-api", version: "812", namespace: "shop" }],
      ...fields,
    });
    const weight = (current_weight: number) => ({ rollout: { strategy: "canary", current_weight } });
    const attributes = { "alumiini.rollout.ref": "shop/checkout-api" };
    await other.add([
      ...syncEvents({ sync: "s1", at: START, commit: "41d7e02", attributes }),
      occurrence("canary.rollout.progressing", START + MINUTE, { outcome: "in_progress", data: weight(20) }),
      occurrence("canary.advisor.recommendation", START + MINUTE, { data: { advisor: { action: "hold" } } }),
      occurrence("canary.rollout.failed", START + 2 * MINUTE, {
        severity: "error",
        outcome: "failure",
        data: weight(50),
        error: { code: "ROLLOUT_FAILED", what_failed: "Rollout", possible_causes: ["metrics exceeded threshold"] },
      }),
    ]);
    const { rollout, around } = await other.history.sync({ syncId: "s1" });
    expect(rollout).toMatchObject([
      { phase: "progressing", strategy: "canary", trafficWeight: 20, reason: null },
      { phase: "failed", strategy: "canary", trafficWeight: 50, reason: "metrics exceeded threshold" },
    ]);
    expect(around[0]).toMatchObject({
      grade: "exact",
      reason: { code: "same_rollout", text: "same rollout shop/checkout-api" },
    });
  });

  it("counts an event that came in several forms once, in its richest form", async () => {
    const { items } = await place.history.events({ syncId: "s2" });
    expect(items).toHaveLength(4);
    expect(items.every(({ form }) => form === "alumiini")).toBe(true);
    const paged: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await place.history.events({ limit: 3, cursor });
      paged.push(...page.items.map(({ eventId }) => eventId));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(paged).toHaveLength(new Set(paged).size);
    expect(paged).toHaveLength(23);
  });

  it("finds repositories, revisions, syncs and events", async () => {
    expect((await place.history.search({ text: "ledg" })).items).toEqual([
      { kind: "repository", clusterId: "prod-eu", namespace: "shop", repoName: "ledger" },
    ]);
    expect((await place.history.search({ text: "9f3c" })).items).toMatchObject([{ kind: "sync", syncId: "s2" }]);
    const [event] = (await place.history.events({ limit: 1 })).items;
    expect((await place.history.search({ text: event?.eventId ?? "" })).items).toMatchObject([{ kind: "event" }]);
  });
});
