import { expect } from "vitest";
import { createTelemetry, type FailureReport, type Subscription, type TelemetryOptions } from "../src/index.js";
import { recordEvents } from "../src/testing/index.js";

/** Telemetry with a recorder on it, and the failure reports that it made. */
export function attach(options: Partial<TelemetryOptions> = {}) {
  const reports: FailureReport[] = [];
  const telemetry = createTelemetry({ clusterId: "test", onFailure: (report) => reports.push(report), ...options });
  const recorder = recordEvents();
  telemetry.subscribe(recorder);
  return { telemetry, recorder, reports };
}

/** At every instant nothing is lost without a trace. */
export function expectConservation(subscription: Subscription): void {
  const { accepted, delivered, failed, dropped, pending } = subscription.stats();
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  expect(delivered + failed + lost + pending).toBe(accepted);
}
