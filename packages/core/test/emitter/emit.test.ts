import { describe, expect, it } from "vitest";
import { createTelemetry, EVENT_TYPES, type FailureReport, LIMITS, TAXONOMY } from "../../src/index.js";
import { recordEvents, sampleEvents } from "../../src/testing/index.js";
import { attach } from "../support.js";

const base = { repoName: "my-app", namespace: "default", trigger: "poll" } as const;

describe("emit", () => {
  it("delivers what was given, with the taxonomy's severity and outcome", () => {
    const { telemetry, recorder } = attach({ clock: { now: () => 1_734_350_400_000, monotonic: () => 0 } });
    telemetry.emit("sync_completed", { ...base, durationMs: 1500, resourcesApplied: 5, commit: "abc123" });
    expect(recorder.events).toEqual([
      {
        id: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
        timestamp: 1_734_350_400_000,
        type: "sync_completed",
        severity: "info",
        outcome: "success",
        clusterId: "test",
        ...base,
        durationMs: 1500,
        resourcesApplied: 5,
        commit: "abc123",
      },
    ]);
  });

  it("has the taxonomy's default severity and outcome for every type", () => {
    // Of the three samples of each type, the second gives the least.
    const minimal = sampleEvents().filter((_, index) => index % 3 === 1);
    expect(minimal.map((event) => event.type)).toEqual(EVENT_TYPES);
    for (const event of minimal) {
      const { severities, outcomes } = TAXONOMY[event.type];
      const expected = event.type === "sync_failed" || event.type === "apply_failed" ? "failure" : outcomes[0];
      expect([event.type, event.severity, event.outcome]).toEqual([event.type, severities[0], expected]);
    }
  });

  it("takes severity and outcome of the caller where the ADR leaves them open", () => {
    const { telemetry, recorder } = attach();
    telemetry.emit("sync_failed", { ...base, durationMs: 1, errorType: "git_timeout", severity: "critical" });
    telemetry.emit("git_fetched", { ...base, durationMs: 1, outcome: "failure" });
    telemetry.emit("git_fetched", { ...base, durationMs: 1, errorType: "git_error" });
    telemetry.emit("webhook_received", { ...base, provider: "gitlab", outcome: "failure" });
    expect(recorder.events.map(({ severity, outcome }) => [severity, outcome])).toEqual([
      ["critical", "timeout"],
      ["error", "failure"],
      ["error", "failure"],
      ["warning", "failure"],
    ]);
  });

  it("freezes the event to the bottom and shares nothing with the caller", () => {
    const { telemetry, recorder } = attach();
    const resources = [{ kind: "Deployment", name: "web", namespace: "default" }];
    const attributes = { team: ["a", "b"] };
    telemetry.emit("apply_completed", { ...base, durationMs: 1, resources, attributes });
    resources[0] = { kind: "Changed", name: "changed", namespace: "changed" };
    attributes.team.push("c");
    const [event] = recorder.ofType("apply_completed");
    expect(event).toMatchObject({
      resources: [{ kind: "Deployment", name: "web", namespace: "default" }],
      resourcesApplied: 1,
      attributes: { team: ["a", "b"] },
    });
    for (const part of [
      event,
      event?.resources,
      event?.resources?.[0],
      event?.attributes,
      event?.attributes?.["team"],
    ]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it("gives ids that rise, also while the clock is set back", () => {
    let now = 1000;
    const { telemetry, recorder } = attach({ clock: { now: () => now, monotonic: () => 0 } });
    for (const time of [1000, 1000, 500, 0, 1001, 999]) {
      now = time;
      telemetry.emit("sync_started", base);
    }
    const ids = recorder.events.map((event) => event.id);
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(recorder.events.map((event) => event.timestamp)).toEqual([1000, 1000, 500, 0, 1001, 999]);
  });

  it("does nothing without subscribers, whatever it is given", () => {
    const telemetry = createTelemetry({ clusterId: "test", onFailure: () => expect.unreachable() });
    telemetry.emit("sync_started", undefined as never);
    expect(telemetry.stats()).toEqual({
      subscribers: [],
      rejected: 0,
      relayed: { accepted: 0, late: 0, duplicate: 0, refused: 0 },
      afterClose: 0,
      openOperations: 0,
    });
  });
});

describe("emit with what no type checker saw", () => {
  const hostile = (fields: unknown, type = "sync_started") => {
    const reports: FailureReport[] = [];
    const { telemetry, recorder } = attach({ onFailure: (report) => reports.push(report) });
    telemetry.emit(type as never, fields as never);
    return { events: recorder.events, reports, rejected: telemetry.stats().rejected };
  };

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["a number", 7],
    ["no fields", {}],
    ["a repository that is no text", { repoName: 7, namespace: "default" }],
    ["no namespace", { repoName: "my-app" }],
    [
      "a getter that throws",
      Object.defineProperty({ ...base }, "commit", {
        get: () => {
          throw new Error("no");
        },
      }),
    ],
    [
      "a proxy that throws",
      new Proxy(
        {},
        {
          get: () => {
            throw new Error("no");
          },
        },
      ),
    ],
  ])("emits nothing for %s, and says so", (_, fields) => {
    const { events, reports, rejected } = hostile(fields);
    expect(events).toEqual([]);
    expect(rejected).toBe(1);
    expect(reports).toMatchObject([{ kind: "invalid_fields", type: "sync_started", rejected: true }]);
  });

  it.each(["no_such_type", "__proto__", "constructor", "toString", ""])("knows no type %j", (type) => {
    const { events, reports } = hostile(base, type);
    expect(events).toEqual([]);
    expect(reports).toMatchObject([{ kind: "invalid_fields", path: "type", rejected: true }]);
  });

  it.each([
    ["durationMs", Number.NaN],
    ["durationMs", -1],
    ["durationMs", "12"],
    ["durationMs", Number.POSITIVE_INFINITY],
    ["resourcesApplied", 1e300],
    ["trigger", "cron"],
    ["severity", "fatal"],
    ["outcome", "ok"],
    ["provider", "gitea"],
    ["traceId", "0".repeat(32)],
    ["traceId", "ABCDEF"],
    ["spanId", {}],
    ["commit", ["a"]],
    ["resources", "Deployment"],
  ])("leaves out %s: %j, and says so", (path, value) => {
    const { events, reports } = hostile({ ...base, [path]: value });
    expect(events).toHaveLength(1);
    expect(events[0]).not.toMatchObject({ [path]: value });
    expect(reports).toMatchObject([{ kind: "invalid_fields", path, rejected: false }]);
  });

  it("bounds every field", () => {
    const huge = "é".repeat(100_000);
    const { events } = hostile({
      repoName: huge,
      namespace: huge,
      errorMessage: huge,
      repoUrl: huge,
      attributes: Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`key${index}`, huge])),
      resources: Array.from({ length: 5000 }, () => ({ kind: huge, name: "x" })),
    });
    const [event] = events;
    expect(event?.repoName).toHaveLength(LIMITS.identifier);
    expect(event).toMatchObject({ errorMessage: expect.stringMatching(/^é{8191}…$/) });
    expect(event).toMatchObject({ resourcesApplied: 5000 });
    expect(Object.keys(event?.attributes ?? {}).length).toBeLessThanOrEqual(LIMITS.attributes);
    const text = LIMITS.attributesText + LIMITS.resourcesText + LIMITS.message + 10 * LIMITS.location;
    expect(JSON.stringify(event).length).toBeLessThan(text);
  });

  it("lists as many objects as there may be, where they are named as objects are", () => {
    const resource = { kind: "Deployment", name: "web-frontend-7d9f8b6c5", namespace: "team-payments-production" };
    const { events } = hostile({
      repoName: "a",
      namespace: "b",
      resources: Array.from({ length: 5000 }, () => resource),
    });
    expect(events).toMatchObject([{ resources: { length: LIMITS.resources }, resourcesApplied: 5000 }]);
  });

  it("drops unknown fields and what would change the prototype", () => {
    const fields = JSON.parse(
      '{"repoName":"a","namespace":"b","__proto__":{"evil":1},"extra":1,"attributes":{"__proto__":{"x":1},"ok":"1"}}',
    );
    const { events } = hostile(fields);
    expect(Object.keys(events[0] ?? {})).not.toContain("extra");
    expect(events[0]?.attributes).toEqual({ ok: "1" });
    expect("evil" in (events[0] ?? {})).toBe(false);
  });
});

describe("the options", () => {
  it.each([undefined, "", 7])("refuse clusterId %j", (clusterId) => {
    expect(() => createTelemetry({ clusterId } as never)).toThrow(TypeError);
  });

  it.each([0, -1, Number.NaN])("refuse maxConsecutiveFailures %j", (maxConsecutiveFailures) => {
    expect(() => createTelemetry({ clusterId: "c", maxConsecutiveFailures })).toThrow(TypeError);
  });

  it("are survived when they throw or answer nonsense", () => {
    const reports: FailureReport[] = [];
    const boom = () => {
      throw new Error("boom");
    };
    for (const clock of [
      { now: boom, monotonic: boom },
      { now: () => Number.NaN, monotonic: () => Number.NaN },
      { now: () => 1e30, monotonic: () => -5 },
    ]) {
      const telemetry = createTelemetry({
        clusterId: "c",
        clock,
        generateId: boom,
        classifyError: boom,
        onFailure: (report) => reports.push(report),
      });
      const recorder = recordEvents();
      telemetry.subscribe(recorder);
      telemetry.start("sync", base).fail(new Error("no"));
      const [started, failed] = recorder.events;
      expect(started?.timestamp).toBeGreaterThan(1_700_000_000_000);
      expect(started?.id).toMatch(/^[0-9A-Z]{26}$/);
      expect(failed).toMatchObject({ type: "sync_failed", errorType: "sync_error", durationMs: expect.any(Number) });
    }
    expect(reports.some((report) => report.kind === "input_failed")).toBe(true);
  });

  it("keep instances apart", () => {
    const first = attach();
    const second = attach();
    first.telemetry.emit("sync_started", base);
    expect(first.recorder.events).toHaveLength(1);
    expect(second.recorder.events).toHaveLength(0);
  });
});
