import { Writable } from "node:stream";
import { createTelemetry, type EventOf, type Telemetry } from "@alumiini/core";
import { subscriberConformance } from "@alumiini/core/testing";
import { type DestinationStream, type LoggerOptions, pino } from "pino";
import { describe, expect, it } from "vitest";
import { type PinoBridgeOptions, type PinoLogger, pinoBridge } from "../src/index.js";

type Line = Readonly<Record<string, unknown>>;

/** A destination that keeps what pino writes. */
class Lines implements DestinationStream {
  readonly texts: string[] = [];

  write(text: string): void {
    this.texts.push(text);
  }

  get parsed(): Line[] {
    return this.texts.map((text): Line => JSON.parse(text));
  }
}

function telemetryWith(logger: PinoLogger, options?: PinoBridgeOptions): Telemetry {
  const telemetry = createTelemetry({
    clusterId: "prod-us-east",
    generateId: () => "01JF7Z3J8Q0000000000000000",
  });
  telemetry.subscribe(pinoBridge(logger, options));
  return telemetry;
}

function setUp(loggerOptions: LoggerOptions = {}, options?: PinoBridgeOptions) {
  const lines = new Lines();
  const logger = pino({ base: null, timestamp: false, ...loggerOptions }, lines);
  return { lines, logger, telemetry: telemetryWith(logger, options) };
}

const repository = { repoName: "my-app", namespace: "team-a" } as const;
const workerStarted: EventOf<"worker_started"> = {
  id: "01JF7Z3J8Q0000000000000000",
  timestamp: 0,
  type: "worker_started",
  severity: "info",
  outcome: "unknown",
  clusterId: "prod-us-east",
  ...repository,
};
const failedSync = {
  ...repository,
  trigger: "poll",
  durationMs: 800,
  errorType: "git_error",
  errorMessage: "network timeout",
} as const;

describe("a line", () => {
  it("holds the event's attributes and a sentence", () => {
    const { lines, telemetry } = setUp();
    telemetry.emit("sync_completed", {
      ...repository,
      trigger: "webhook",
      durationMs: 1500,
      resourcesApplied: 5,
      commit: "abc1234",
      attributes: { team: "platform" },
    });
    expect(lines.parsed).toEqual([
      {
        level: 30,
        "alumiini.event.id": "01JF7Z3J8Q0000000000000000",
        "alumiini.event.type": "sync_completed",
        "alumiini.event.outcome": "success",
        "k8s.cluster.name": "prod-us-east",
        "alumiini.repo.name": "my-app",
        "alumiini.repo.namespace": "team-a",
        "alumiini.repo.commit": "abc1234",
        "alumiini.sync.trigger": "webhook",
        "alumiini.sync.duration_ms": 1500,
        "alumiini.sync.resources_applied": 5,
        team: "platform",
        msg: "Sync of my-app completed in 1.5 s: 5 resources applied at abc1234 (webhook)",
      },
    ]);
  });

  it("of a failure has err, past pino's own error serializer", () => {
    const { lines, telemetry } = setUp();
    telemetry.emit("sync_failed", failedSync);
    telemetry.emit("apply_failed", { ...repository, durationMs: 1, errorType: "conflict" });
    // The empty stack is the serializer's: an event has no stack to show.
    expect(lines.parsed.map(({ err }) => err)).toEqual([
      { type: "git_error", message: "network timeout", stack: "" },
      { type: "conflict", message: "conflict", stack: "" },
    ]);
    expect(lines.parsed[0]).toMatchObject({ "error.type": "git_error", "error.message": "network timeout" });
  });

  it("has the level of the event's severity", () => {
    const { lines, telemetry } = setUp();
    telemetry.emit("worker_started", repository);
    telemetry.emit("drift_detected", { ...repository, resourceKey: "Deployment/default/web" });
    telemetry.emit("sync_failed", failedSync);
    telemetry.emit("sync_failed", { ...failedSync, severity: "critical" });
    expect(lines.parsed.map(({ level }) => level)).toEqual([30, 40, 50, 60]);
  });

  it.each([
    ["%s %d %j %o %%", "%s %d %j %o %%"],
    ['quote " backslash \\ newline \n', 'quote " backslash \\ newline '],
    ["\u2028\u0000\ud800", "\ud800"],
    ["\u001b[2J\u009b31mred", "red"],
    ["x".repeat(256), "x".repeat(256)],
  ])("is one line of valid JSON for the hostile name %j", (repoName, printable) => {
    const { lines, logger } = setUp();
    // Past the emitter, which would clean the name.
    pinoBridge(logger).handle({ ...workerStarted, repoName });
    expect(lines.texts).toHaveLength(1);
    expect(lines.texts[0]?.trimEnd()).not.toContain("\n");
    expect(lines.parsed[0]).toMatchObject({
      msg: `Worker of ${printable} started`,
      "alumiini.repo.name": repoName,
    });
  });
});

describe("a hostile event", () => {
  const evil = `"a\\\r\nb\u0000\u001b[31m\u2028\ud800%s${"x".repeat(100_000)}`;

  it("is one line with every key once, at its own level", () => {
    const { lines, telemetry } = setUp({ base: { pid: 1 }, timestamp: true });
    telemetry.emit("sync_failed", {
      ...failedSync,
      repoName: evil,
      namespace: evil,
      commit: evil,
      branch: evil,
      repoUrl: evil,
      syncId: evil,
      errorType: evil,
      errorMessage: evil,
      resources: Array.from({ length: 2000 }, () => ({ kind: evil, namespace: evil, name: evil })),
      attributes: { level: 10, time: 0, msg: "forged", err: "forged", [evil]: evil, ok: evil },
    });
    expect(lines.texts).toHaveLength(1);
    const [text = ""] = lines.texts;
    expect(text.indexOf("\n")).toBe(text.length - 1);
    expect(text.length).toBeLessThan(100_000);
    for (const key of ["level", "time", "msg", "err"]) expect(text.split(`"${key}":`)).toHaveLength(2);
    expect(lines.parsed[0]).toMatchObject({ level: 50, err: { type: expect.stringContaining("xxx") } });
    expect(lines.parsed[0]?.["msg"]).toMatch(/^Sync of .{1,256} failed after 800 ms: .{1,256}: .{1,201} \(poll\)$/);
  });

  it("cannot forge what pino writes, where it is no failure either", () => {
    const { lines, telemetry } = setUp({ timestamp: true }, { errorKey: "error" });
    const attributes = { level: 60, time: 0, msg: "forged", error: "forged", err: "kept", team: "platform" };
    telemetry.emit("worker_started", { ...repository, attributes });
    expect(lines.parsed[0]).toMatchObject({ level: 30, err: "kept", team: "platform" });
    expect(lines.texts[0]).not.toContain("forged");
    expect(lines.parsed[0]?.["time"]).toBeGreaterThan(0);
  });
});

describe("a level that is disabled", () => {
  it("costs nothing but the question", () => {
    const { lines, logger } = setUp({ level: "error" });
    const subscriber = pinoBridge(logger);
    const touched: PropertyKey[] = [];
    const watched = new Proxy(workerStarted, {
      get(target, key) {
        touched.push(key);
        return Reflect.get(target, key);
      },
    });
    subscriber.handle(watched);
    expect(touched).toEqual(["severity"]);
    expect(lines.texts).toEqual([]);
  });

  it("can be enabled later", () => {
    const { lines, logger, telemetry } = setUp({ level: "silent" });
    telemetry.emit("sync_failed", failedSync);
    logger.level = "error";
    telemetry.emit("worker_started", repository);
    telemetry.emit("sync_failed", failedSync);
    expect(lines.parsed.map(({ level }) => level)).toEqual([50]);
  });
});

describe("your logger's own settings", () => {
  it("apply: messageKey, nestedKey, formatters, redact, mixin and child bindings", () => {
    const { lines, logger } = setUp({
      messageKey: "message",
      nestedKey: "payload",
      formatters: { level: (label) => ({ severity: label.toUpperCase() }) },
      redact: ['["alumiini.repo.namespace"]'],
      mixin: () => ({ mixed: true }),
    });
    telemetryWith(logger.child({ component: "telemetry" })).emit("worker_started", repository);
    expect(lines.parsed).toEqual([
      {
        severity: "INFO",
        component: "telemetry",
        payload: expect.objectContaining({
          "alumiini.repo.name": "my-app",
          "alumiini.repo.namespace": "[Redacted]",
          mixed: true,
        }),
        message: "Worker of my-app started",
      },
    ]);
  });

  it("apply to the error key", () => {
    const { lines, telemetry } = setUp({ errorKey: "error" }, { errorKey: "error" });
    telemetry.emit("sync_failed", failedSync);
    expect(lines.parsed[0]).toMatchObject({ error: { type: "git_error", message: "network timeout" } });
    expect(lines.parsed[0]).not.toHaveProperty("err");
  });

  it("may rename the levels", () => {
    const { lines, telemetry } = setUp(
      { customLevels: { notice: 35 } },
      { levels: { info: "notice", critical: "error" } },
    );
    telemetry.emit("worker_started", repository);
    telemetry.emit("sync_failed", { ...failedSync, severity: "critical" });
    expect(lines.parsed.map(({ level }) => level)).toEqual([35, 50]);
  });

  it("may have no level of pino's own: the next graver one is used, or the gravest", () => {
    const { lines, telemetry } = setUp({
      customLevels: { quiet: 10, normal: 35, loud: 55 },
      useOnlyCustomLevels: true,
      level: "quiet",
    });
    telemetry.emit("worker_started", repository);
    telemetry.emit("drift_detected", { ...repository, resourceKey: "Deployment/default/web" });
    telemetry.emit("sync_failed", { ...failedSync, severity: "critical" });
    expect(lines.parsed.map(({ level }) => level)).toEqual([35, 55, 55]);
  });

  it("are checked at once for a level that doesn't exist", () => {
    const { logger } = setUp();
    expect(() => pinoBridge(logger, { levels: { critical: "disaster" } })).toThrow(
      'pinoBridge: the logger has no level "disaster"; it has trace, debug, info, warn, error, fatal',
    );
  });
});

describe("conformance", () => {
  const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });
  for (const { name, run } of subscriberConformance(() => pinoBridge(pino(nowhere())))) it(name, run);
});
