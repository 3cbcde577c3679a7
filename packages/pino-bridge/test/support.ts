import { createTelemetry, type EventOf, type Telemetry } from "@alumiini/core";
import { type DestinationStream, type LoggerOptions, pino } from "pino";
import { type PinoBridgeOptions, type PinoLogger, pinoBridge } from "../src/index.js";

type Line = Readonly<Record<string, unknown>>;

/** A destination that keeps what pino writes. */
export class Lines implements DestinationStream {
  readonly texts: string[] = [];

  write(text: string): void {
    this.texts.push(text);
  }

  get parsed(): Line[] {
    return this.texts.map((text): Line => JSON.parse(text));
  }
}

export function telemetryWith(logger: PinoLogger, options?: PinoBridgeOptions): Telemetry {
  const telemetry = createTelemetry({
    clusterId: "prod-us-east",
    generateId: () => "01JF7Z3J8Q0000000000000000",
  });
  telemetry.subscribe(pinoBridge(logger, options));
  return telemetry;
}

export function setUp(loggerOptions: LoggerOptions = {}, options?: PinoBridgeOptions) {
  const lines = new Lines();
  const logger = pino({ base: null, timestamp: false, ...loggerOptions }, lines);
  return { lines, logger, telemetry: telemetryWith(logger, options) };
}

export const repository = { repoName: "my-app", namespace: "team-a" } as const;
export const workerStarted: EventOf<"worker_started"> = {
  id: "01JF7Z3J8Q0000000000000000",
  timestamp: 0,
  type: "worker_started",
  severity: "info",
  outcome: "unknown",
  clusterId: "prod-us-east",
  ...repository,
};
export const failedSync = {
  ...repository,
  trigger: "poll",
  durationMs: 800,
  errorType: "git_error",
  errorMessage: "network timeout",
} as const;
