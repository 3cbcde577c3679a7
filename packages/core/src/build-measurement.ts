import type { OnInvalid } from "./build-event.js";
import { LIMITS } from "./limits.js";
import { MEASUREMENTS, type Measurement, type MeasurementKind } from "./measurement.js";
import { toCount, toIdentifier, toText } from "./sanitize.js";

/** Makes the measurement of what the caller gave, or tells `onInvalid` which field makes that impossible. */
export function buildMeasurement(
  kind: MeasurementKind,
  fields: Readonly<Record<string, unknown>>,
  timestamp: number,
  clusterId: string,
  onInvalid: OnInvalid,
): Measurement | undefined {
  const measurement: Record<string, unknown> = { kind, timestamp, clusterId };
  for (const [declared, type] of Object.entries(MEASUREMENTS[kind])) {
    const optional = declared.endsWith("?");
    const name = optional ? declared.slice(0, -1) : declared;
    const value = check(type, fields[name]);
    if (value !== undefined) measurement[name] = value;
    else if (!optional) {
      onInvalid(name, true);
      return undefined;
    }
  }
  if (kind === "cache_access" && measurement["result"] !== "hit" && measurement["result"] !== "miss") {
    onInvalid("result", true);
    return undefined;
  }
  // Every field that MEASUREMENTS lists for the kind has been checked.
  return Object.freeze(measurement) as Measurement;
}

function check(type: "text" | "message" | "count" | "boolean", value: unknown): unknown {
  switch (type) {
    case "text":
      return toIdentifier(value);
    case "message":
      return toText(value, LIMITS.message);
    case "count":
      return toCount(value);
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
  }
}
