import { Writable } from "node:stream";
import { subscriberConformance } from "@alumiini/core/testing";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { pinoBridge } from "../src/index.js";
import { failedSync, repository, setUp, telemetryWith, workerStarted } from "./support.js";

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
      'pinoBridge: option "levels.critical" is "disaster"; the logger has trace, debug, info, warn, error, fatal',
    );
  });

  it.each([
    [{ errorkey: "error" }, 'pinoBridge: option "errorkey" is unknown; did you mean "errorKey"?'],
    [{ errorKey: 3 }, 'pinoBridge: option "errorKey" is 3; it must be a text that is not empty'],
    [{ levels: { warn: "info" } }, 'pinoBridge: option "levels.warn" is unknown; did you mean "warning"?'],
  ])("refuse the option %j", (options, message) => {
    const { logger } = setUp();
    expect(() => Reflect.apply(pinoBridge, undefined, [logger, options])).toThrow(message);
  });

  it("write no field of their own twice because of an attribute of its name", () => {
    const { lines, telemetry } = setUp({ base: { pid: 7, hostname: "box", team: "a" } });
    telemetry.emit("worker_started", {
      ...repository,
      attributes: { pid: 1, hostname: "forged", team: "b", other: "c" },
    });
    expect(lines.texts.join().match(/"(pid|hostname|team)":/g)).toEqual(['"pid":', '"hostname":', '"team":']);
    expect(lines.parsed[0]).toMatchObject({ pid: 7, hostname: "box", team: "a", other: "c" });
  });
});

describe("conformance", () => {
  const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });
  for (const { name, run } of subscriberConformance(() => pinoBridge(pino(nowhere())))) it(name, run);
});

it("shows class, code and stack of the error that an operation failed with", () => {
  const { lines, telemetry } = setUp();
  const error = Object.assign(new RangeError("out of reach"), { code: "EREACH" });
  telemetry.start("apply", { ...repository, trigger: "poll" }).fail(error);
  const line = lines.parsed.at(-1);
  expect(line).toMatchObject({ err: { message: "out of reach", class: "RangeError", code: "EREACH" } });
  expect(JSON.stringify(line)).toContain("RangeError: out of reach\\n    at ");
});
