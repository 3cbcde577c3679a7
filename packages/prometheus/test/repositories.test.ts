import { createTelemetry, ERROR_TYPES } from "@alumiini/core";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { type PrometheusOptions, prometheusSubscriber } from "../src/index.js";
import { scrape } from "./exposition.js";

const app = { repoName: "my-app", namespace: "team-a", trigger: "poll" } as const;
const other = { ...app, repoName: "other" } as const;

function open(options: PrometheusOptions = {}) {
  const register = new Registry();
  const prometheus = prometheusSubscriber({ ...options, register });
  let now = 1_700_000_000_000;
  const clock = {
    now: () => now,
    monotonic: () => now,
    advance: (seconds: number) => {
      now += seconds * 1000;
    },
  };
  const telemetry = createTelemetry({ clusterId: "prod-us-east", clock });
  telemetry.subscribe(prometheus);
  const of = async (name: string) =>
    Object.fromEntries(Object.entries(await scrape(register)).filter(([series]) => series.startsWith(name)));
  return { register, prometheus, telemetry, clock, of };
}

describe("a repository that is first seen", () => {
  it("has each counter at 0 for every trigger, outcome, operation and error type", async () => {
    const { telemetry, of } = open();
    telemetry.emit("worker_started", app);
    const syncs = await of("alumiini_syncs_total");
    expect(Object.keys(syncs)).toHaveLength(5 * 3);
    expect(syncs['alumiini_syncs_total{repo_name="my-app",trigger="manual",outcome="timeout"}']).toBe(0);
    expect(Object.keys(await of("alumiini_git_operations_total"))).toHaveLength(2 * 3);
    expect(Object.keys(await of("alumiini_apply_operations_total"))).toHaveLength(3);
    // Every type but `cancelled`, and `other`.
    expect(Object.keys(await of("alumiini_errors_total"))).toHaveLength(ERROR_TYPES.length);
    expect(await of("alumiini_workers_restarts_total")).toEqual({
      'alumiini_workers_restarts_total{repo_name="my-app"}': 0,
    });
    expect(await of("alumiini_sync_last_success_timestamp_seconds")).toEqual({
      'alumiini_sync_last_success_timestamp_seconds{repo_name="my-app"}': 0,
    });
  });

  it("can be registered before anything happens to it", async () => {
    const { prometheus, of } = open();
    prometheus.registerRepository("my-app", { namespace: "team-a", branch: "main" });
    prometheus.registerRepository("my-app", { namespace: "team-a", branch: "main" });
    expect(Object.keys(await of("alumiini_syncs_total"))).toHaveLength(15);
    expect(await of("alumiini_repo_info")).toEqual({
      'alumiini_repo_info{repo_name="my-app",branch="main",namespace="team-a"}': 1,
    });
  });

  it("is shown without credentials when it is registered, and as one with its events", async () => {
    const { register, prometheus, telemetry, of } = open();
    const secret = "https://bob:hunter2@example.com";
    prometheus.registerRepository(`${secret}/a.git`, { namespace: "team-a", branch: `${secret}/b` });
    prometheus.registerRepository("x".repeat(10_000));
    prometheus.registerRepository("");
    telemetry.emit("worker_started", { ...app, repoName: `${secret}/a.git` });
    expect(await register.metrics()).not.toContain("hunter2");
    expect(Object.keys(await of("alumiini_repo_info"))).toEqual([
      'alumiini_repo_info{repo_name="https://example.com/a.git",branch="https://example.com/b",namespace="team-a"}',
      `alumiini_repo_info{repo_name="${"x".repeat(255)}…",branch="unknown",namespace="unknown"}`,
    ]);
    for (const name of [`${secret}/a.git`, "x".repeat(10_000)]) prometheus.removeRepository(name);
    expect(await of("alumiini_repo_info")).toEqual({});
  });

  it("is not one that only a webhook names", async () => {
    const { telemetry, of } = open();
    telemetry.emit("webhook_received", { ...app, repoName: "unknown", provider: "github", outcome: "failure" });
    expect(await of("alumiini_syncs_total")).toEqual({});
    expect(await of("alumiini_sync_last_success")).toEqual({});
    expect(
      (await of("alumiini_webhooks"))['alumiini_webhooks_received_total{provider="github",outcome="failure"}'],
    ).toBe(1);
  });
});

describe("a cache that is first used", () => {
  it("has hits and misses", async () => {
    const { telemetry, of } = open();
    telemetry.measure("cache_access", { cacheName: "commits", result: "miss" });
    telemetry.measure("cache_access", { cacheName: "commits", result: "miss" });
    expect(await of("alumiini_cache_total")).toEqual({
      'alumiini_cache_total{cache_name="commits",result="hit"}': 0,
      'alumiini_cache_total{cache_name="commits",result="miss"}': 2,
    });
  });
});

describe("removeRepository", () => {
  it("drops every series of the repository and of no other", async () => {
    const { register, prometheus, telemetry } = open();
    for (const repository of [app, other]) {
      telemetry.emit("sync_completed", { ...repository, durationMs: 5, commit: "a1" });
      telemetry.emit("git_fetched", { ...repository, durationMs: 5 });
      telemetry.emit("apply_completed", { ...repository, durationMs: 5, resources: [{ kind: "Pod", name: "p" }] });
      telemetry.measure("worker_memory", { repoName: repository.repoName, bytes: 5 });
    }
    const before = Object.keys(await scrape(register)).filter((series) => series.includes('repo_name="other"'));
    prometheus.removeRepository("my-app");
    const after = Object.keys(await scrape(register));
    expect(after.filter((series) => series.includes("my-app"))).toEqual([]);
    expect(after.filter((series) => series.includes('repo_name="other"'))).toEqual(before);
  });

  it("makes room for another", async () => {
    const { prometheus, telemetry, of } = open({ maxRepositories: 1 });
    telemetry.emit("worker_started", app);
    telemetry.emit("worker_started", other);
    expect(await of("alumiini_repo_info")).toHaveProperty([
      'alumiini_repo_info{repo_name="my-app",branch="unknown",namespace="team-a"}',
    ]);
    prometheus.removeRepository("my-app");
    telemetry.emit("worker_started", other);
    expect(await of("alumiini_repo_info")).toEqual({
      'alumiini_repo_info{repo_name="other",branch="unknown",namespace="team-a"}': 1,
    });
  });
});

describe("a repository that was removed", () => {
  it("is not brought back by what still ends of it", async () => {
    const { prometheus, telemetry, of } = open();
    telemetry.emit("sync_started", { ...app, syncId: "1" });
    prometheus.removeRepository("my-app");
    telemetry.measure("worker_memory", { repoName: "my-app", bytes: 5 });
    telemetry.emit("apply_completed", { ...app, durationMs: 5 });
    telemetry.emit("sync_completed", { ...app, syncId: "1", durationMs: 5 });
    telemetry.emit("worker_stopped", app);
    expect(await of("alumiini_sync")).toEqual({});
    expect(await of("alumiini_worker_memory")).toEqual({});
  });

  it.each([
    ["its registration", ({ prometheus }: ReturnType<typeof open>) => prometheus.registerRepository("my-app")],
    ["a sync that begins", ({ telemetry }: ReturnType<typeof open>) => telemetry.emit("sync_started", app)],
    [
      "an event, where nothing was under way",
      ({ telemetry }: ReturnType<typeof open>) => telemetry.emit("git_fetched", { ...app, durationMs: 5 }),
    ],
  ])("is back with %s, and begins at 0", async (_, comeBack) => {
    const opened = open();
    const { prometheus, telemetry, of } = opened;
    telemetry.emit("sync_completed", { ...app, durationMs: 5 });
    prometheus.removeRepository("my-app");
    comeBack(opened);
    telemetry.emit("sync_completed", { ...app, durationMs: 5 });
    telemetry.measure("worker_memory", { repoName: "my-app", bytes: 5 });
    expect(
      (await of("alumiini_syncs_total"))['alumiini_syncs_total{repo_name="my-app",trigger="poll",outcome="success"}'],
    ).toBe(1);
    expect(Object.values(await of("alumiini_worker_memory"))).toEqual([5]);
  });
});

describe("leadership", () => {
  it("that is lost takes the gauges of repositories with it, and no counter", async () => {
    const { telemetry, register, of } = open();
    telemetry.measure("leadership", { leader: true });
    telemetry.emit("sync_started", app);
    telemetry.measure("worker_memory", { repoName: "my-app", bytes: 7 });
    telemetry.emit("sync_failed", { ...app, durationMs: 5, errorType: "git_error" });
    telemetry.measure("leadership", { leader: false });
    // What still ends afterwards says nothing of where the repository stands now.
    telemetry.emit("sync_completed", { ...app, durationMs: 5 });
    telemetry.measure("worker_memory", { repoName: "my-app", bytes: 8 });
    const samples = await scrape(register);
    const gauges = /timestamp_seconds|out_of_sync|repo_info|drifted|memory/;
    expect(Object.keys(samples).filter((series) => gauges.test(series))).toEqual([]);
    expect(samples['alumiini_syncs_total{repo_name="my-app",trigger="poll",outcome="failure"}']).toBe(1);
    expect(await of("alumiini_leader")).toEqual({ alumiini_leader_status: 0, alumiini_leader_transitions_total: 2 });
  });

  it("that comes back begins anew", async () => {
    const { telemetry, of } = open();
    telemetry.emit("sync_completed", { ...app, durationMs: 5 });
    telemetry.measure("leadership", { leader: false });
    telemetry.measure("leadership", { leader: true });
    expect(await of("alumiini_sync_last_success")).toEqual({});
    telemetry.emit("sync_completed", { ...app, durationMs: 5 });
    expect(Object.values(await of("alumiini_sync_last_success"))).toEqual([1_700_000_000]);
  });

  it("that never was is no transition", async () => {
    const { telemetry, of } = open();
    telemetry.measure("leadership", { leader: false });
    telemetry.measure("leadership", { leader: false });
    expect(await of("alumiini_leader")).toEqual({ alumiini_leader_status: 0, alumiini_leader_transitions_total: 0 });
  });
});

describe("where a repository stands", () => {
  it("tells a sync under way from none, and when the last succeeded", async () => {
    const { telemetry, clock, of } = open();
    telemetry.emit("sync_started", { ...app, syncId: "1" });
    clock.advance(30);
    expect(Object.values(await of("alumiini_sync_started"))).toEqual([1_700_000_000]);
    telemetry.emit("sync_completed", { ...app, syncId: "1", durationMs: 30_000 });
    expect(Object.values(await of("alumiini_sync_started"))).toEqual([0]);
    expect(Object.values(await of("alumiini_sync_last_success"))).toEqual([1_700_000_030]);
  });

  it("measures deployments: commit to sync, failure to recovery", async () => {
    const { telemetry, clock, of } = open();
    telemetry.emit("sync_completed", { ...app, durationMs: 5, trigger: "startup", commit: "a1" });
    telemetry.emit("git_fetched", { ...app, durationMs: 5, commit: "b2" });
    clock.advance(20);
    telemetry.emit("sync_failed", { ...app, durationMs: 5, errorType: "parse_error" });
    clock.advance(40);
    telemetry.emit("sync_completed", { ...app, durationMs: 5, commit: "b2" });
    expect(await of("alumiini_deployments")).toEqual({
      'alumiini_deployments_total{repo_name="my-app",outcome="success"}': 1,
      'alumiini_deployments_total{repo_name="my-app",outcome="failure"}': 1,
    });
    expect(Object.values(await of("alumiini_deployment_lead_time_seconds_sum"))).toEqual([60]);
    expect(Object.values(await of("alumiini_recovery_time_seconds_sum"))).toEqual([40]);
  });
});
