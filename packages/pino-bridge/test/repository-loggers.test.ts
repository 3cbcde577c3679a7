import type { AluminiEvent } from "@alumiini/core";
import { sampleEvents } from "@alumiini/core/testing";
import { type DestinationStream, type LoggerOptions, pino as pino10 } from "pino";
import { pino as pino9 } from "pino-9";
import { describe, expect, it, vi } from "vitest";
import { type PinoLogger, pinoBridge } from "../src/index.js";
import { failedSync, Lines, repository, telemetryWith, workerStarted } from "./support.js";

const BOUND = { "alumiini.repo.name": "my-app", "alumiini.repo.namespace": "team-a" };

type Options = LoggerOptions<string>;
type Logger = PinoLogger & { level: string; setBindings(bindings: object): void };
type CreateLogger = (options: Options, destination: DestinationStream) => Logger;

describe.each<[string, CreateLogger]>([
  ["pino 9", (options, destination) => pino9(options, destination)],
  ["pino 10", (options, destination) => pino10(options, destination)],
])("the children of a logger of %s", (_, pino) => {
  function setUp(options: Options = {}, destination: DestinationStream = new Lines()) {
    const logger = pino({ base: null, timestamp: false, ...options }, destination);
    return { logger, child: vi.spyOn(logger, "child") };
  }

  function linesOf(events: readonly AluminiEvent[], options: Options = {}) {
    const lines = new Lines();
    const bridge = pinoBridge(setUp(options, lines).logger);
    for (const event of events) bridge.handle(event);
    return lines.parsed;
  }

  it("write the lines that the logger itself would write", () => {
    const variants = sampleEvents().flatMap((event) => [
      event,
      { ...event, namespace: "team-b" },
      { ...event, trigger: "poll" as const, outcome: "unknown" as const },
      { ...event, severity: "critical" as const, clusterId: "another" },
      { ...event, repoUrl: "https://example.org/other", repoPath: "other", branch: "other" },
    ]);
    // With a mixin the logger gets every field of every line.
    const expected = linesOf(variants, { mixin: () => ({}) });
    expect(linesOf([...variants, ...variants])).toEqual([...expected, ...expected]);
  });

  it("leave a custom attribute that has the name of a field the event lacks", () => {
    const events = ["one", "two"].map((branch) => ({
      ...workerStarted,
      attributes: { "alumiini.repo.branch": branch },
    }));
    expect(linesOf(events)).toMatchObject([{ "alumiini.repo.branch": "one" }, { "alumiini.repo.branch": "two" }]);
  });

  it("are made once for what recurs", () => {
    const { logger, child } = setUp();
    const telemetry = telemetryWith(logger);
    for (let round = 0; round < 3; round++) {
      for (const trigger of ["poll", "webhook"] as const) telemetry.emit("sync_started", { ...repository, trigger });
    }
    expect(child).toHaveBeenCalledTimes(2);
  });

  it("are forgotten beyond a bound, however many names there are, or namespaces of one name", () => {
    const { logger, child } = setUp();
    const bridge = pinoBridge(logger);
    const first = { ...workerStarted, repoName: "first" };
    bridge.handle(first);
    for (let count = 1; count < 4096; count++) bridge.handle({ ...workerStarted, repoName: `app-${count}` });
    bridge.handle(first);
    expect(child).toHaveBeenCalledTimes(4096);
    bridge.handle(workerStarted);
    bridge.handle(first);
    expect(child).toHaveBeenCalledTimes(4098);
    for (let count = 0; count < 8; count++) bridge.handle({ ...first, namespace: `team-${count}` });
    bridge.handle(first);
    expect(child).toHaveBeenCalledTimes(4107);
  });

  it("follow the logger's level", () => {
    const lines = new Lines();
    const { logger } = setUp({ level: "error" }, lines);
    const telemetry = telemetryWith(logger);
    for (const level of ["error", "info", "fatal", "warn"]) {
      logger.level = level;
      telemetry.emit("sync_failed", failedSync);
      telemetry.emit("sync_failed", { ...failedSync, severity: "warning" });
    }
    expect(lines.parsed.map((line) => line["level"])).toEqual([50, 50, 40, 50, 40]);
  });

  it("follow the logger's bindings", () => {
    const lines = new Lines();
    const { logger } = setUp({}, lines);
    const telemetry = telemetryWith(logger);
    telemetry.emit("worker_started", repository);
    logger.setBindings({ region: "north" });
    telemetry.emit("worker_started", repository);
    expect(lines.parsed[0]).not.toHaveProperty("region");
    expect(lines.parsed[1]).toMatchObject({ region: "north", ...BOUND });
  });

  it("apply the logger's serializers and redaction", () => {
    const [line] = linesOf([workerStarted], {
      serializers: { "alumiini.repo.name": (name: string) => name.toUpperCase() },
      redact: { paths: ['["alumiini.repo.namespace"]'], remove: true },
    });
    expect(line).toMatchObject({ "alumiini.repo.name": "MY-APP" });
    expect(line).not.toHaveProperty("alumiini.repo.namespace");
  });

  it("are not made where something of the logger takes the fields of a line", () => {
    const taken: unknown[] = [];
    const take = (fields: object) => {
      taken.push({ ...fields });
      return fields;
    };
    const metadata = {
      write: () => {},
      [Symbol.for("pino.metadata")]: true,
      set lastObj(fields: object) {
        take(fields);
      },
    };
    const setUps = [
      setUp({ formatters: { log: (fields) => ({ ...take(fields) }) } }),
      setUp({
        hooks: {
          logMethod(values, method) {
            take(Object(values[0]));
            method.apply(this, values);
          },
        },
      }),
      setUp({ mixin: take }),
      setUp({}, metadata),
      setUp({ onChild: () => {} }),
      setUp({ nestedKey: "payload" }),
    ];
    for (const { logger, child } of setUps) {
      telemetryWith(logger).emit("worker_started", repository);
      expect(child).not.toHaveBeenCalled();
    }
    expect(taken).toHaveLength(4);
    for (const fields of taken) expect(fields).toMatchObject(BOUND);
  });
});
