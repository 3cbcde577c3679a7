import { describe, expect, it } from "vitest";
import type { AluminiEvent } from "../../src/event/event.js";
import { inDurationUnit, METRICS } from "../../src/metrics/catalogue/index.js";
import { compileMetrics } from "../../src/metrics/compile.js";
import type { Derived } from "../../src/metrics/derived.js";
import { RepositoryState } from "../../src/metrics/repository-state.js";

const START = 1_700_000_000_000;

/** A repository's state, and what was derived so far. Events come at `at` seconds after the start. */
function open() {
  const state = new RepositoryState({ repoName: "my-app", namespace: "team-a", clusterId: "c" });
  const derived: Derived[] = [];
  const see = (at: number, fields: Partial<AluminiEvent> & Pick<AluminiEvent, "type">, relayed = false) => {
    const common = { id: "1", severity: "info", outcome: "success", clusterId: "c", repoName: "my-app" } as const;
    const event = { ...common, namespace: "team-a", timestamp: START + at * 1000, ...fields };
    state.observe(event as AluminiEvent, (one) => derived.push(one), relayed);
  };
  return { state, derived, see };
}

const repository = { repoName: "my-app", namespace: "team-a", clusterId: "c" };

describe("RepositoryState", () => {
  it("knows the oldest sync under way until it ends", () => {
    const { state, see } = open();
    expect(state.syncStartedSeconds).toBe(0);
    see(0, { type: "sync_started", syncId: "a" });
    see(5, { type: "sync_started", syncId: "b" });
    see(6, { type: "sync_completed", syncId: "b" });
    expect(state.syncStartedSeconds).toBe(START / 1000);
    see(7, { type: "sync_failed", syncId: "a" });
    expect(state.syncStartedSeconds).toBe(0);
  });

  it("takes the end of a sync for the other half of a beginning, though only one of them names it", () => {
    const { state, see } = open();
    see(0, { type: "sync_started", syncId: "a" });
    see(1, { type: "sync_started", syncId: "b" });
    see(2, { type: "sync_completed" });
    expect(state.syncStartedSeconds).toBe(START / 1000 + 1);
    see(3, { type: "sync_failed" });
    see(4, { type: "sync_started" });
    see(5, { type: "sync_completed", syncId: "c" });
    expect(state.isSyncing).toBe(false);
  });

  it("keeps a sync under way when one ends that is not known", () => {
    const { state, see } = open();
    see(0, { type: "sync_started", syncId: "a" });
    see(1, { type: "sync_completed", syncId: "b" });
    expect(state.isSyncing).toBe(true);
  });

  it("forgets the syncs of a worker that stopped, and all but 16 that never end", () => {
    const { state, see } = open();
    for (let index = 0; index < 20; index++) see(index, { type: "sync_started", syncId: String(index) });
    expect(state.syncStartedSeconds).toBe(START / 1000 + 4);
    see(30, { type: "worker_stopped" });
    expect(state.syncStartedSeconds).toBe(0);
  });

  it("is out of sync from a new commit, or a failed apply, to the next success", () => {
    const { state, see } = open();
    expect(state.outOfSync).toBeUndefined();
    see(0, { type: "sync_completed", commit: "a1" });
    expect(state.outOfSync).toBe(0);
    see(1, { type: "git_fetched", commit: "a1" });
    expect(state.outOfSync).toBe(0);
    see(2, { type: "git_fetched", commit: "b2" });
    expect(state.outOfSync).toBe(1);
    see(3, { type: "sync_completed", commit: "b2" });
    expect(state.outOfSync).toBe(0);
    see(4, { type: "apply_failed" });
    expect(state.outOfSync).toBe(1);
  });

  it("is in sync again when git goes back to what is deployed", () => {
    const { state, see } = open();
    see(0, { type: "sync_completed", commit: "a1" });
    see(1, { type: "git_fetched", commit: "b2" });
    see(2, { type: "git_fetched", commit: "a1" });
    expect(state.outOfSync).toBe(0);
  });

  it("counts drifted objects once each, until corrected or deployed over; at most 1,000", () => {
    const { state, see } = open();
    for (const resourceKey of ["Pod/a/b", "Pod/a/b", "Pod/a/c"]) see(0, { type: "drift_detected", resourceKey });
    expect(state.driftedResources).toBe(2);
    see(1, { type: "drift_corrected", resourceKey: "Pod/a/b", outcome: "failure" });
    expect(state.driftedResources).toBe(2);
    see(1, { type: "drift_corrected", resourceKey: "Pod/a/b" });
    expect(state.driftedResources).toBe(1);
    for (let index = 0; index < 2000; index++) see(2, { type: "drift_detected", resourceKey: `Pod/a/${index}` });
    expect(state.driftedResources).toBe(1000);
    see(3, { type: "sync_completed", commit: "b2", previousCommit: "a1" });
    expect(state.driftedResources).toBe(0);
  });

  it("derives a deployment from a new commit, with the time since it was announced", () => {
    const { derived, see } = open();
    see(0, { type: "sync_completed", commit: "a1", trigger: "startup" });
    see(10, { type: "webhook_received" });
    see(12, { type: "git_fetched", commit: "b2", branch: "main" });
    see(20, { type: "sync_completed", commit: "b2", previousCommit: "a1" });
    see(30, { type: "sync_completed", commit: "b2", previousCommit: "b2" });
    const deployment = { derived: "deployment", ...repository, branch: "main", outcome: "success" };
    expect(derived).toEqual([{ ...deployment, leadTimeSeconds: 10 }]);
  });

  it("takes the sync's own duration where nothing named the commit before", () => {
    const { derived, see } = open();
    see(20, { type: "sync_completed", commit: "b2", previousCommit: "a1", durationMs: 4000 });
    expect(derived).toEqual([{ derived: "deployment", ...repository, outcome: "success", leadTimeSeconds: 4 }]);
  });

  it("derives no deployment from a restart of the controller, and one from the first sync that is none", () => {
    const first = open();
    first.see(0, { type: "sync_completed", commit: "a1", trigger: "startup" });
    expect(first.derived).toEqual([]);
    const second = open();
    second.see(0, { type: "sync_completed", commit: "a1", trigger: "webhook", durationMs: 1000 });
    expect(second.derived).toHaveLength(1);
  });

  it("derives a failed deployment once for each commit, and the recovery from the first failure on", () => {
    const { derived, see } = open();
    see(0, { type: "sync_completed", commit: "a1", trigger: "startup" });
    see(1, { type: "git_fetched", commit: "b2" });
    see(2, { type: "sync_failed" });
    see(3, { type: "sync_failed" });
    see(4, { type: "sync_failed", commit: "a1" });
    see(62, { type: "sync_completed", commit: "b2" });
    expect(derived).toEqual([
      { derived: "deployment", ...repository, outcome: "failure" },
      { derived: "recovery", ...repository, recoverySeconds: 60 },
      { derived: "deployment", ...repository, outcome: "success", leadTimeSeconds: 61 },
    ]);
  });

  it("starts the lead time at the commit where it is known when it was made", () => {
    const { derived, see } = open();
    see(0, { type: "sync_completed", commit: "a1", trigger: "startup" });
    see(10, { type: "git_fetched", commit: "b2" });
    see(11, { type: "webhook_received", commit: "b2", committedAt: START - 5000 });
    see(20, { type: "sync_completed", commit: "b2" });
    see(30, { type: "sync_completed", commit: "c3", committedAt: START + 22_000 });
    expect(derived).toEqual([
      { derived: "deployment", ...repository, outcome: "success", leadTimeSeconds: 25 },
      { derived: "deployment", ...repository, outcome: "success", leadTimeSeconds: 8 },
    ]);
  });

  it("takes a cancelled sync or apply for neither a failure nor a success", () => {
    const { state, derived, see } = open();
    see(0, { type: "sync_completed", commit: "a1", trigger: "startup" });
    see(1, { type: "sync_started", syncId: "1" });
    see(2, { type: "apply_failed", outcome: "unknown", errorType: "cancelled" });
    see(3, { type: "sync_failed", syncId: "1", commit: "b2", outcome: "unknown", errorType: "cancelled" });
    see(9, { type: "sync_completed", commit: "a1" });
    expect(state).toMatchObject({ isSyncing: false, outOfSync: 0 });
    expect(derived).toEqual([]);
  });

  it("lets no reading go back for a relayed event that is older than what came before it", () => {
    const { state, derived, see } = open();
    see(10, { type: "sync_completed", commit: "b2", previousCommit: "b2" }, true);
    see(11, { type: "sync_started", syncId: "3" }, true);
    const before = { lastSuccessSeconds: START / 1000 + 10, outOfSync: 0, syncStartedSeconds: START / 1000 + 11 };
    see(1, { type: "sync_started", syncId: "1" }, true);
    see(2, { type: "git_fetched", commit: "a1" }, true);
    see(3, { type: "drift_detected", resourceKey: "Pod/a/b" }, true);
    see(4, { type: "apply_failed" }, true);
    see(5, { type: "sync_failed", syncId: "1", commit: "a1" }, true);
    see(6, { type: "sync_completed", commit: "a1" }, true);
    expect(state).toMatchObject({ ...before, driftedResources: 0, commit: "b2" });
    expect(derived).toEqual([]);
    see(12, { type: "sync_completed", syncId: "3", commit: "b2" }, true);
    expect(state).toMatchObject({ lastSuccessSeconds: START / 1000 + 12, syncStartedSeconds: 0 });
  });

  it("derives no negative time from a clock that was set back", () => {
    const { derived, see } = open();
    see(100, { type: "sync_failed", commit: "b2" });
    see(0, { type: "sync_completed", commit: "b2", previousCommit: "a1" });
    expect(derived).toContainEqual({ derived: "recovery", ...repository, recoverySeconds: 0 });
  });
});

describe("inDurationUnit", () => {
  it("changes name, unit, bounds and what is recorded, of durations in milliseconds alone", () => {
    const definitions = inDurationUnit(METRICS, "seconds");
    expect(definitions.filter(({ name }) => name.includes("milliseconds"))).toEqual([]);
    const names = definitions.map(({ name }) => name);
    expect(names).toEqual(METRICS.map(({ name }) => name.replace("_milliseconds", "_seconds")));
    const recorded = new Map<string, number>();
    const { handle, derive } = compileMetrics(
      definitions,
      ({ name }) =>
        (_labels, value) =>
          recorded.set(name, value),
    );
    const common = { id: "1", severity: "info", timestamp: START, ...repository } as const;
    handle({ ...common, type: "sync_completed", outcome: "success", durationMs: 1500 });
    derive({ derived: "recovery", ...repository, recoverySeconds: 60 });
    expect(recorded.get("alumiini_sync_duration_seconds")).toBe(1.5);
    expect(recorded.get("alumiini_recovery_time_seconds")).toBe(60);
  });

  it("leaves them as they are in milliseconds", () => {
    expect(inDurationUnit(METRICS, "milliseconds")).toBe(METRICS);
  });
});
