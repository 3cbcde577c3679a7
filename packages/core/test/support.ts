import { createTelemetry, type FailureReport, type TelemetryOptions } from "../src/index.js";
import { recordEvents } from "../src/testing/index.js";

/** Telemetry with a recorder on it, and the failure reports that it made. */
export function attach(options: Partial<TelemetryOptions> = {}) {
  const reports: FailureReport[] = [];
  const telemetry = createTelemetry({ clusterId: "test", onFailure: (report) => reports.push(report), ...options });
  const recorder = recordEvents();
  telemetry.subscribe(recorder);
  return { telemetry, recorder, reports };
}
