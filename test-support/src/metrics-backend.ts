import { createTelemetry, type Telemetry, type TelemetryOptions } from "@alumiini/core";
import type { OptInLabel, RepositoryDetails } from "@alumiini/core/metrics";
import { describe, expect, it } from "vitest";

/** A subscriber that keeps metrics, and how to read them. */
export interface MetricsBackendUnderTest {
  readonly subscriber: Parameters<Telemetry["subscribe"]>[0] & {
    registerRepository(name: string, details?: RepositoryDetails): void;
    removeRepository(name: string, details?: RepositoryDetails): void;
  };
  /**
   * Returns the values of one metric of the catalogue, by its name there, in durations of seconds: `a,b` to value, where
   * `a,b` are the values of the labels asked for; series with the same ones add up.
   */
  read(name: string, labels: readonly string[]): Promise<Record<string, number>>;
}

/** Makes the backend under test. */
export type OpenMetricsBackend = (options?: {
  readonly optInLabels?: readonly OptInLabel[];
  readonly maxRepositories?: number;
}) => MetricsBackendUnderTest;

const shop = { repoName: "shop", namespace: "team-a", trigger: "poll" } as const;
const other = { ...shop, namespace: "team-b" } as const;
const START = 1_700_000_000_000;

/** The behaviour that every metrics backend has: what core's registry decides about repositories. */
export function describeMetricsBackend(name: string, openBackend: OpenMetricsBackend): void {
  function open(options?: Parameters<OpenMetricsBackend>[0]) {
    const backend = openBackend(options);
    let now = START;
    const clock: TelemetryOptions["clock"] = { now: () => now, monotonic: () => now };
    const telemetryOf = (clusterId: string) => {
      const telemetry = createTelemetry({ clusterId, clock });
      telemetry.subscribe(backend.subscriber);
      return telemetry;
    };
    const { subscriber, read } = backend;
    const advance = (seconds: number) => {
      now += seconds * 1000;
    };
    return { subscriber, read, telemetry: telemetryOf("prod"), telemetryOf, advance };
  }

  const success = "alumiini_sync_last_success_timestamp_seconds";
  const outOfSync = "alumiini_repo_out_of_sync";
  const memory = "alumiini_worker_memory_bytes";
  const suspended = "alumiini_repository_suspended";
  const errors = "alumiini_errors_total";
  const failures = "alumiini_sync_consecutive_failures";
  const lastSync = "alumiini_sync_last_end_timestamp_seconds";

  describe(`${name}: leadership`, () => {
    it("that is lost takes every gauge of repositories with it, and no counter", async () => {
      const { telemetry, read } = open();
      telemetry.measure("leadership", { leader: true });
      telemetry.emit("sync_completed", { ...shop, durationMs: 5 });
      telemetry.measure("worker_memory", { ...shop, bytes: 7 });
      telemetry.measure("suspension", { ...shop, suspended: false });
      expect(await read(success, ["repo_name"])).toEqual({ shop: START / 1000 });
      telemetry.measure("leadership", { leader: false });
      // What still ends afterwards says nothing about where the repository stands now.
      telemetry.emit("sync_completed", { ...shop, durationMs: 5 });
      telemetry.measure("worker_memory", { ...shop, bytes: 8 });
      const started = "alumiini_sync_started_timestamp_seconds";
      for (const gauge of [success, outOfSync, memory, suspended, started, failures, lastSync]) {
        expect(await read(gauge, ["repo_name"]), gauge).toEqual({});
      }
      expect(await read("alumiini_syncs_total", ["repo_name", "outcome"])).toMatchObject({ "shop,success": 2 });
      expect(await read("alumiini_leader_transitions_total", [])).toEqual({ "": 2 });
    });

    it("that comes back begins anew", async () => {
      const { telemetry, read } = open();
      telemetry.emit("sync_completed", { ...shop, durationMs: 5 });
      telemetry.measure("leadership", { leader: false });
      telemetry.measure("leadership", { leader: true });
      expect(await read(success, ["repo_name"])).toEqual({});
      telemetry.emit("sync_completed", { ...shop, durationMs: 5 });
      expect(await read(success, ["repo_name"])).toEqual({ shop: START / 1000 });
    });

    it("of one cluster says nothing about the repositories of another", async () => {
      const { telemetryOf, read } = open({ optInLabels: ["cluster"] });
      const [one, two] = [telemetryOf("one"), telemetryOf("two")];
      for (const telemetry of [one, two]) telemetry.emit("sync_completed", { ...shop, durationMs: 5 });
      one.measure("leadership", { leader: false });
      two.measure("leadership", { leader: true });
      expect(await read(success, ["repo_name", "cluster"])).toEqual({ "shop,two": START / 1000 });
      expect(await read("alumiini_leader_status", ["cluster"])).toEqual({ one: 0, two: 1 });
      expect(await read("alumiini_leader_transitions_total", ["cluster"])).toMatchObject({ two: 1 });
    });
  });

  describe(`${name}: removeRepository`, () => {
    it("takes the gauges of the repository, and of no other", async () => {
      const { subscriber, telemetry, read } = open();
      for (const repoName of ["a", "b"]) {
        telemetry.emit("sync_completed", { ...shop, repoName, durationMs: 5 });
        telemetry.measure("worker_memory", { repoName, bytes: 5 });
      }
      subscriber.removeRepository("a");
      expect(await read(success, ["repo_name"])).toEqual({ b: START / 1000 });
      expect(await read(memory, ["repo_name"])).toEqual({ b: 5 });
    });

    it("of one namespace leaves the repository of the same name in another", async () => {
      const { subscriber, telemetry, read, advance } = open({ optInLabels: ["repo_namespace"] });
      telemetry.emit("sync_completed", { ...shop, durationMs: 5 });
      advance(10);
      telemetry.emit("sync_completed", { ...other, durationMs: 5 });
      subscriber.removeRepository("shop", { namespace: "team-a" });
      expect(await read(success, ["repo_name", "repo_namespace"])).toEqual({ "shop,team-b": START / 1000 + 10 });
    });

    it("is not undone by what still ends of the repository", async () => {
      const { subscriber, telemetry, read } = open();
      telemetry.emit("sync_started", { ...shop, syncId: "1" });
      subscriber.removeRepository("shop", { namespace: "team-a" });
      telemetry.measure("worker_memory", { ...shop, bytes: 5 });
      telemetry.emit("apply_completed", { ...shop, durationMs: 5 });
      telemetry.emit("sync_completed", { ...shop, syncId: "1", durationMs: 5 });
      telemetry.emit("worker_stopped", shop);
      for (const metric of [success, outOfSync, memory, "alumiini_apply_operations_total"]) {
        expect(await read(metric, ["repo_name"]), metric).toEqual({});
      }
      telemetry.emit("sync_started", { ...shop, syncId: "2" });
      expect(await read("alumiini_sync_started_timestamp_seconds", ["repo_name"])).toEqual({ shop: START / 1000 });
    });

    it("makes room for another repository", async () => {
      const { subscriber, telemetry, read } = open({ maxRepositories: 1 });
      telemetry.emit("sync_completed", { ...shop, durationMs: 5 });
      telemetry.emit("sync_completed", { ...shop, repoName: "late", durationMs: 5 });
      expect(await read(success, ["repo_name"])).toEqual({ shop: START / 1000 });
      expect(await read("alumiini_syncs_total", ["repo_name", "outcome"])).toMatchObject({ "_other,success": 1 });
      subscriber.removeRepository("shop");
      telemetry.emit("sync_completed", { ...shop, repoName: "late", durationMs: 5 });
      expect(await read(success, ["repo_name"])).toEqual({ late: START / 1000 });
    });
  });

  describe(`${name}: registerRepository`, () => {
    it("shows a repository before its first event, which adds to what is known", async () => {
      const { subscriber, telemetry, read } = open({ optInLabels: ["repo_namespace"] });
      subscriber.registerRepository("shop");
      expect(await read(success, ["repo_name", "repo_namespace"])).toEqual({ "shop,unknown": 0 });
      telemetry.emit("sync_completed", { ...shop, durationMs: 5 });
      expect(await read(success, ["repo_name", "repo_namespace"])).toEqual({ "shop,team-a": START / 1000 });
      telemetry.emit("sync_completed", { ...other, durationMs: 5 });
      expect(Object.keys(await read(success, ["repo_name", "repo_namespace"]))).toEqual(["shop,team-a", "shop,team-b"]);
    });
  });

  describe(`${name}: repositories of one name`, () => {
    it("in two namespaces: success of one does not hide that the other fails", async () => {
      const { telemetry, read, advance } = open();
      telemetry.emit("sync_completed", { ...shop, durationMs: 5 });
      telemetry.emit("apply_failed", { ...shop, durationMs: 5, errorType: "conflict" });
      telemetry.emit("drift_detected", { ...shop, resourceKey: "Pod/a/b" });
      telemetry.measure("worker_memory", { ...shop, bytes: 9 });
      advance(60);
      telemetry.emit("sync_completed", { ...other, durationMs: 5 });
      telemetry.measure("worker_memory", { ...other, bytes: 1 });
      expect(await read(outOfSync, ["repo_name"])).toEqual({ shop: 1 });
      expect(await read(success, ["repo_name"])).toEqual({ shop: START / 1000 });
      expect(await read("alumiini_drifted_resources", ["repo_name"])).toEqual({ shop: 1 });
      expect(await read(memory, ["repo_name"])).toEqual({ shop: 9 });
    });

    it("in two clusters: success of one does not hide that the other fails", async () => {
      const { telemetryOf, read } = open();
      telemetryOf("one").emit("apply_failed", { ...shop, durationMs: 5, errorType: "conflict" });
      telemetryOf("two").emit("sync_completed", { ...shop, durationMs: 5 });
      expect(await read(outOfSync, ["repo_name"])).toEqual({ shop: 1 });
      expect(await read(success, ["repo_name"])).toEqual({ shop: 0 });
    });

    it("are kept apart by the labels that are opted into", async () => {
      const { telemetryOf, read } = open({ optInLabels: ["cluster", "repo_namespace"] });
      const [one, two] = [telemetryOf("one"), telemetryOf("two")];
      one.emit("apply_failed", { ...shop, durationMs: 5, errorType: "conflict" });
      one.emit("sync_completed", { ...other, durationMs: 5 });
      two.emit("sync_completed", { ...shop, durationMs: 5 });
      one.measure("worker_memory", { ...other, bytes: 3 });
      expect(await read(outOfSync, ["repo_name", "repo_namespace", "cluster"])).toEqual({
        "shop,team-a,one": 1,
        "shop,team-b,one": 0,
        "shop,team-a,two": 0,
      });
      expect(await read(errors, ["repo_namespace", "cluster", "error_type"])).toMatchObject({
        "team-a,one,conflict": 1,
      });
      expect(await read(memory, ["repo_namespace", "cluster"])).toEqual({ "team-b,one": 3 });
    });

    it("show a suspension only where all are suspended; one that is suspended is not expected to succeed", async () => {
      const { telemetry, read, advance } = open();
      telemetry.emit("sync_completed", { ...shop, durationMs: 5 });
      expect(await read(suspended, ["repo_name"])).toEqual({});
      telemetry.measure("suspension", { ...shop, suspended: true });
      expect(await read(suspended, ["repo_name"])).toEqual({ shop: 1 });
      advance(60);
      telemetry.emit("sync_completed", { ...other, durationMs: 5 });
      expect(await read(suspended, ["repo_name"])).toEqual({});
      telemetry.measure("suspension", { ...other, suspended: false });
      expect(await read(suspended, ["repo_name"])).toEqual({ shop: 0 });
      expect(await read(success, ["repo_name"])).toEqual({ shop: START / 1000 + 60 });
    });
  });

  describe(`${name}: how syncs ended`, () => {
    it("counts failures in a row: a success ends it, a cancelled sync doesn't", async () => {
      const { telemetry, read } = open();
      telemetry.emit("sync_started", shop);
      expect(await read(failures, ["repo_name"])).toEqual({ shop: 0 });
      const fail = (errorType: string) => telemetry.emit("sync_failed", { ...shop, durationMs: 5, errorType });
      for (const errorType of ["git_error", "apply_error", "cancelled", "git_timeout"]) fail(errorType);
      expect(await read(failures, ["repo_name"])).toEqual({ shop: 3 });
      telemetry.emit("sync_completed", { ...shop, durationMs: 5 });
      expect(await read(failures, ["repo_name"])).toEqual({ shop: 0 });
      fail("git_error");
      expect(await read(failures, ["repo_name"])).toEqual({ shop: 1 });
    });

    it("shows the failures of the worst of one name, in whatever order they come, but of no suspended one", async () => {
      const { telemetry, read } = open();
      for (let round = 0; round < 4; round++) {
        telemetry.emit("sync_failed", { ...other, durationMs: 5, errorType: "git_error" });
        telemetry.emit("sync_completed", { ...shop, durationMs: 5 });
      }
      expect(await read(failures, ["repo_name"])).toEqual({ shop: 4 });
      telemetry.measure("suspension", { ...other, suspended: true });
      expect(await read(failures, ["repo_name"])).toEqual({ shop: 0 });
    });

    it("says when the last one ended, by what it was triggered, and how: one series for each repository", async () => {
      const { telemetry, read, advance } = open();
      const labels = ["repo_name", "trigger", "outcome", "error_type"];
      expect(await read(lastSync, labels)).toEqual({});
      telemetry.emit("sync_failed", { ...shop, trigger: "webhook", durationMs: 5, errorType: "git_error" });
      expect(await read(lastSync, labels)).toEqual({ "shop,webhook,failure,git_error": START / 1000 });
      advance(60);
      telemetry.emit("sync_failed", { ...shop, durationMs: 5, errorType: "out of cheese" });
      expect(Object.values(await read(lastSync, ["repo_name", "trigger", "outcome"]))).toEqual([START / 1000 + 60]);
      // An error type that is not listed becomes what each backend calls the others.
      expect(Object.keys(await read(lastSync, ["error_type"]))).toEqual([expect.stringMatching(/^_?other$/i)]);
      telemetry.emit("sync_completed", { ...shop, trigger: "manual", durationMs: 5 });
      expect(Object.keys(await read(lastSync, ["repo_name", "trigger", "outcome"]))).toEqual(["shop,manual,success"]);
    });

    it("has no two series with the same labels, though repositories of one name end alike", async () => {
      const { telemetry, read, advance } = open();
      for (const [repository, errorType] of [
        [shop, "one of its own"],
        [other, "and another"],
      ] as const) {
        telemetry.emit("sync_failed", { ...repository, durationMs: 5, errorType });
        advance(60);
      }
      expect(Object.values(await read(lastSync, ["repo_name"]))).toEqual([START / 1000 + 60]);
    });
  });

  describe(`${name}: events that come late`, () => {
    const identity = { severity: "info", outcome: "success", clusterId: "prod", ...shop } as const;
    const relayed = (at: number) =>
      ({ ...identity, id: `id-${at}`, type: "sync_completed", durationMs: 5, timestamp: START + at * 1000 }) as const;

    it("and were relayed as late are counted apart, and nowhere else", async () => {
      const { subscriber, telemetry, read } = open();
      telemetry.emit("sync_started", { ...shop, syncId: "1" });
      subscriber.handle(relayed(-7200), { relayed: true, late: true });
      expect(await read("alumiini_late_events_total", [])).toEqual({ "": 1 });
      expect(await read(success, ["repo_name"])).toEqual({ shop: 0 });
      const syncs = await read("alumiini_syncs_total", ["repo_name", "outcome"]);
      expect(syncs["shop,success"] ?? 0).toBe(0);
    });

    it("out of order let no gauge go back, and still count", async () => {
      const { subscriber, read } = open();
      subscriber.handle(relayed(-10), { relayed: true, late: false });
      subscriber.handle(relayed(-20), { relayed: true, late: false });
      expect(await read(success, ["repo_name"])).toEqual({ shop: START / 1000 - 10 });
      const syncs = await read("alumiini_syncs_total", ["repo_name", "outcome"]);
      expect(syncs["shop,success"]).toBe(2);
    });
  });

  describe(`${name}: errors`, () => {
    it("count a failed sync once, and a cancelled one not at all", async () => {
      const { telemetry, read } = open();
      const failing = telemetry.run("sync", shop, (sync) =>
        sync.run("git", { operation: "fetch" }, () => Promise.reject(new Error("no route"))),
      );
      await expect(failing).rejects.toThrow("no route");
      telemetry.emit("sync_failed", { ...shop, durationMs: 5, errorType: "cancelled" });
      const counted = Object.values(await read(errors, ["repo_name", "error_type"]));
      expect(counted.reduce((sum, value) => sum + value, 0)).toBe(1);
      const syncs = await read("alumiini_syncs_total", ["repo_name", "outcome"]);
      expect(syncs["shop,failure"]).toBe(1);
    });

    it("of webhooks can't use up the limit, whatever repositories they name", async () => {
      const { telemetry, read } = open({ maxRepositories: 1 });
      for (let index = 0; index < 10; index++) {
        telemetry.emit("webhook_received", { ...shop, repoName: `x-${index}`, provider: "github", errorType: "auth" });
      }
      telemetry.emit("sync_completed", { ...shop, durationMs: 5 });
      expect(await read(errors, ["repo_name", "error_type"])).toMatchObject({ "_other,auth": 10 });
      expect(await read(success, ["repo_name"])).toEqual({ shop: START / 1000 });
    });
  });
}
