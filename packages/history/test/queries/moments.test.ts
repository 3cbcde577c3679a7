import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { duckdbHistory, type TestHistory } from "../support/histories.js";
import { DAY, HOUR, MINUTE, START, syncEvents, wire } from "../support/sample-events.js";

const NOW = START + 2 * DAY;
const AT = START + DAY;

/** An occurrence as TAPIO's agent writes it. */
function occurrence(
  id: string,
  type: string,
  at: number,
  more: { readonly context?: object; readonly [field: string]: unknown } = {},
) {
  const { context = {}, ...rest } = more;
  return {
    id,
    timestamp: new Date(at).toISOString(),
    source: "tapio-agent",
    type,
    protocol_version: "1.0",
    severity: "error",
    outcome: "failure",
    context: { cluster: "prod-eu", ...context },
    error: { code: "E", message: "it happened", what_failed: "it" },
    ...rest,
  };
}

describe("around", () => {
  let place: TestHistory;

  beforeAll(async () => {
    place = await duckdbHistory(NOW);
    const attributes = {
      "alumiini.repo.url": "git://127.0.0.1:9418/checkout.git",
      "process.pid": 2214,
    };
    const checkout = syncEvents({ sync: "c1", at: AT, took: 10_000, commit: "9f3c1ab", fails: "git", attributes });
    await place.add([
      ...syncEvents({ sync: "c0", at: AT - 10 * MINUTE, commit: "41d7e02" }),
      ...checkout.map((event, index) =>
        index === 0
          ? { ...event, attributes: { ...event.attributes, trace_id: "4bf92f3577b34da6a3ce929d0e0e4736" } }
          : event,
      ),
      ...syncEvents({ sync: "g1", repo: "shop-config", at: AT - 2 * MINUTE, commit: "c1d20aa" }),
      ...syncEvents({ sync: "o1", repo: "elsewhere", at: AT - MINUTE, commit: "abcabca" }).map((event) => ({
        ...event,
        namespace: "other",
        resources_applied: null,
        attributes: { "alumiini.sync.id": "o1" },
      })),
      wire("drift_detected", AT - 3 * MINUTE, {
        attributes: { "alumiini.resource.key": "Deployment/shop/checkout-api" },
      }),
      occurrence("refused", "kernel.network.connection_refused", AT + 2_040, {
        data: { pid: 2214, comm: "node", dst_ip: "127.0.0.1", dst_port: 9418 },
      }),
      occurrence("otherport", "kernel.network.connection_refused", AT + 2_050, {
        data: { pid: 2214, dst_ip: "127.0.0.1", dst_port: 9999 },
      }),
      occurrence("otherpid", "kernel.network.connection_refused", AT + 2_060, {
        data: { pid: 1, dst_ip: "127.0.0.1", dst_port: 9418 },
      }),
      occurrence("oom", "kernel.container.oom_kill", AT + 8_000, {
        context: {
          entities: [
            {
              kind: "pod",
              id: "shop/checkout-api-7d4b9c6f5-x2x9k",
              name: "checkout-api-7d4b9c6f5-x2x9k",
              namespace: "shop",
            },
          ],
        },
      }),
      occurrence("traced", "kernel.network.retransmit", AT + 3_000, {
        context: { trace_id: "4bf92f3577b34da6a3ce929d0e0e4736" },
      }),
      occurrence("path", "kernel.node.pressure", AT + 4_000, {
        context: { entities: [{ kind: "node", id: "node-4", name: "node-4" }] },
        data: {
          relationships: [
            {
              type: "scheduled_on",
              source: { type: "deployment", id: "shop/checkout-api" },
              target: { type: "node", id: "node-4" },
            },
          ],
        },
      }),
      occurrence("foreign", "kernel.memory.pressure", AT - 30_000, { context: { cluster: "prod-us" } }),
    ]);
  });

  afterAll(async () => await place[Symbol.asyncDispose]());

  it("tells syncs that changed nothing from changes, and puts them last within their grade", async () => {
    const polled = await duckdbHistory(NOW);
    const attributes = { "alumiini.sync.id": "p1", "alumiini.repo.previous_commit": "41d7e02" };
    await polled.add([
      wire("sync_completed", AT, { commit: "41d7e02", resources_applied: 0, attributes }),
      wire("sync_completed", AT + 1_000, {
        commit: "41d7e02",
        resources_applied: 1,
        attributes: { ...attributes, "alumiini.sync.id": "p2" },
      }),
      wire("sync_completed", AT + 2_000, {
        commit: "41d7e02",
        attributes: { ...attributes, "alumiini.sync.id": "p3" },
      }),
      wire("sync_completed", AT + 3_000, {
        commit: "9f3c1ab",
        attributes: { ...attributes, "alumiini.sync.id": "p4" },
      }),
    ]);
    const { matches } = await polled.history.around({ repoName: "checkout", at: AT });
    expect(matches.map(({ event, routine }) => [event.syncId, routine])).toEqual([
      ["p2", false],
      ["p4", false],
      ["p1", true],
      ["p3", true],
    ]);
    await polled[Symbol.asyncDispose]();
  });

  it("grades what lies around a repository's moment, with the reason of each match", async () => {
    const answer = await place.history.around({ repoName: "checkout", at: AT, windowMs: 15 * MINUTE });
    const byId = new Map(answer.matches.map((match) => [match.event.eventId, match]));
    expect(byId.get("tapio:refused")).toMatchObject({
      grade: "strong",
      reason: {
        code: "same_remote_and_process",
        text: "same remote 127.0.0.1:9418 and pid 2214, 40 ms apart",
      },
    });
    expect(byId.get("tapio:otherport")?.grade).toBe("nearby");
    expect(byId.get("tapio:otherpid")?.grade).toBe("nearby");
    expect(byId.get("tapio:oom")).toMatchObject({ grade: "likely", reason: { code: "same_object" } });
    expect(byId.get("tapio:traced")).toMatchObject({ grade: "exact", reason: { code: "same_trace" } });
    expect(byId.get("tapio:path")).toMatchObject({ grade: "likely", reason: { code: "dependency_path" } });
    expect(byId.has("tapio:foreign")).toBe(false);
    const config = answer.matches.filter(({ event }) => event.repoName === "shop-config");
    expect(config.some(({ grade }) => grade === "likely")).toBe(true);
    const elsewhere = answer.matches.filter(({ event }) => event.repoName === "elsewhere");
    expect(elsewhere.map(({ grade }) => grade)).toEqual(elsewhere.map(() => "nearby"));
    const grades = answer.matches.map(({ grade }) => ["exact", "strong", "likely", "nearby"].indexOf(grade));
    expect(grades).toEqual([...grades].sort());
  });

  it("says the same sync and trace of nothing but the event's own", async () => {
    const [start] = (await place.history.events({ syncId: "c1", type: "sync_started" })).items;
    const answer = await place.history.around({ eventId: start?.eventId, windowMs: 15 * MINUTE });
    const reasonOf = (syncId: string) =>
      answer.matches.filter(({ event }) => event.syncId === syncId).map(({ reason }) => reason.code);
    expect(new Set(reasonOf("c1"))).toEqual(new Set(["same_sync"]));
    expect(new Set(reasonOf("c0"))).toEqual(new Set(["same_repository"]));
    const traced = answer.matches.find(({ event }) => event.eventId === "tapio:traced");
    expect(traced?.reason).toMatchObject({ code: "same_trace", text: "same trace 4bf92f35…" });
    const [end] = (await place.history.events({ syncId: "c0", type: "sync_completed" })).items;
    const other = await place.history.around({ eventId: end?.eventId, windowMs: 15 * MINUTE });
    expect(other.matches.find(({ event }) => event.eventId === "tapio:traced")?.reason).toMatchObject({
      code: "same_trace",
      text: "same trace 4bf92f35… as an event of the repository",
    });
    const moment = await place.history.around({ repoName: "checkout", at: AT });
    const own = moment.matches.filter(({ event }) => event.repoName === "checkout");
    expect(new Set(own.map(({ reason }) => reason.code))).toEqual(new Set(["same_repository"]));
    expect(own.length).toBeGreaterThan(1);
  });

  it("says of which part of the window there are no events", async () => {
    const first = AT - 10 * MINUTE;
    const { matches, notKnown } = await place.history.around({ repoName: "checkout", at: first, windowMs: 5 * MINUTE });
    expect(matches.length).toBeGreaterThan(0);
    const silent = notKnown.filter(({ code }) => code === "source_silent");
    expect(silent.map(({ text }) => text)).toContain(
      `There are no events at all before ${new Date(first).toISOString()}`,
    );
    const later = await place.history.around({ repoName: "checkout", at: AT, windowMs: 5 * MINUTE });
    expect(later.notKnown).toEqual([]);
  });

  it("says what ran, what was wanted, and what failed next to it", async () => {
    expect(await place.history.around({ repoName: "checkout", at: AT + MINUTE })).toMatchObject({
      runningRevision: "41d7e02",
      wantedRevision: "9f3c1ab",
      nearestFailure: { syncId: "c1", errorType: "git_error" },
      repository: { clusterId: "prod-eu", namespace: "shop", repoName: "checkout" },
    });
  });

  it("starts from a foreign event as well", async () => {
    const answer = await place.history.around({ eventId: "tapio:refused", windowMs: MINUTE });
    const fetch = answer.matches.find(({ event }) => event.type === "git_fetched" && event.repoName === "checkout");
    expect(fetch).toMatchObject({ grade: "strong", offsetMs: -40 });
  });

  it("says what is not known", async () => {
    const { notKnown } = await place.history.around({ repoName: "checkout", at: AT - 20 * HOUR, windowMs: HOUR });
    expect(notKnown.map(({ code }) => code)).toContain("source_silent");
    const future = await place.history.around({ repoName: "checkout", at: NOW });
    expect(future.notKnown.map(({ code }) => code)).toContain("future");
  });

  it("refuses what it can't look for", async () => {
    await expect(place.history.around({ repoName: "nothing", at: AT })).rejects.toThrow("names no repository");
    await expect(place.history.around({ repoName: "checkout" })).rejects.toThrow("at is needed");
    await expect(place.history.around({ eventId: "nothing" })).rejects.toThrow("names no stored event");
  });
});

describe("timeline and slo", () => {
  let place: TestHistory;

  beforeAll(async () => {
    place = await duckdbHistory(NOW);
    const events: unknown[] = [];
    for (let index = 0; index < 40; index++) {
      const at = NOW - 2 * HOUR + index * 3 * MINUTE;
      const fails = index % 10 === 9 ? ("apply" as const) : undefined;
      const took = index === 5 ? 45_000 : 10_000;
      events.push(
        ...syncEvents({
          sync: `s${index}`,
          repo: index % 2 ? "odd" : "even",
          at,
          took,
          commit: `c${index}aaaa`,
          ...(fails && { fails }),
        }),
      );
    }
    events.push(
      wire("drift_detected", NOW - HOUR, { repo_name: "odd", attributes: { "alumiini.resource.key": "Service/a/b" } }),
      occurrence("o", "kernel.memory.pressure", NOW - HOUR),
      wire("worker_started", NOW - HOUR, { repo_name: "odd" }),
      wire("worker_stopped", NOW - 10 * MINUTE, { repo_name: "odd", outcome: "failure" }),
    );
    await place.add(events);
  });

  afterAll(async () => await place[Symbol.asyncDispose]());

  it("counts by bucket and lane, and lists single marks while there are few", async () => {
    const answer = await place.history.timeline({ since: NOW - 2 * HOUR, until: NOW, buckets: 60 });
    expect(answer).toMatchObject({ syncs: 40, failed: 4, repositories: 2, bucketMs: 2 * MINUTE });
    const sum = (key: "succeeded" | "failed" | "drifts" | "others") =>
      answer.buckets.reduce((all, bucket) => all + bucket[key], 0);
    expect([sum("succeeded"), sum("failed"), sum("drifts"), sum("others")]).toEqual([36, 4, 1, 1]);
    expect(answer.buckets.length).toBeLessThanOrEqual(60);
    expect(answer.lanes.map(({ repository, system }) => repository?.repoName ?? system)).toEqual([
      "odd",
      "even",
      "tapio",
    ]);
    expect(answer.lanes[0]?.buckets.reduce((all, { failed }) => all + failed, 0)).toBe(4);
    expect(answer.marks).toHaveLength(42);
    expect(answer.marks?.every(({ at }) => at >= NOW - 2 * HOUR && at < NOW)).toBe(true);
  });

  it("measures objectives from events; the number of a tile is the last point of its line", async () => {
    const { items } = await place.history.slo({ since: NOW - 2 * HOUR, until: NOW, points: 24 });
    const byName = new Map(items.map((item) => [item.name, item]));
    expect(byName.get("syncSuccess")).toMatchObject({ value: 0.9, bad: 4, total: 40, state: "spent" });
    expect(byName.get("syncSuccess")?.budgetLeft).toBeCloseTo((0.4 - 4) / 0.4, 10);
    expect(byName.get("syncLatency")).toMatchObject({ bad: 1, total: 40, thresholdMs: 30_000 });
    expect(byName.get("gitFetchLatency")).toMatchObject({ bad: 0, total: 40, state: "holds", value: 1 });
    expect(byName.get("applyLatency")).toMatchObject({ total: 40, bad: 1 });
    for (const { budgetLeft, points, bad, evidence } of items) {
      if (budgetLeft === null) continue;
      expect(points.at(-1)?.budgetLeft).toBe(budgetLeft);
      expect(evidence.ids).toHaveLength(bad ?? -1);
    }
    expect(byName.get("workerRestarts")).toMatchObject({ kind: "level", value: 0.5, budgetLeft: null });
    for (const name of ["workerMemory", "cacheHitRate"] as const) {
      expect(byName.get(name)).toMatchObject({ state: "not_measured", value: null, budgetLeft: null });
    }
  });

  it("measures nothing where there is nothing", async () => {
    const { items } = await place.history.slo({ clusterId: "elsewhere", since: NOW - HOUR, until: NOW });
    expect(items.map(({ value }) => value)).toEqual(items.map(() => null));
  });
});
