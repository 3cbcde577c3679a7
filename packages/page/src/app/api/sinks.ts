import { useEffect, useState } from "preact/hooks";
import type { DeliveryState, SinkState } from "../../sinks.js";

/** What the server says of its sources and sinks. */
export interface Ways {
  /** Undefined where it doesn't say. */
  readonly sinks: readonly SinkState[] | undefined;
  readonly deliveries: readonly DeliveryState[];
}

const UNKNOWN: Ways = { sinks: undefined, deliveries: [] };

/** The sinks of the server, and what came to its door. Asked again when `round` changes. */
export function useWays(round: number): Ways {
  const [ways, setWays] = useState(UNKNOWN);
  // Another round asks again.
  useEffect(() => {
    const abort = new AbortController();
    fetch("v1/sinks", { signal: abort.signal, credentials: "same-origin" })
      .then(async (response) => (response.ok ? waysOf(await response.json()) : UNKNOWN))
      .then(setWays, () => setWays(UNKNOWN));
    return () => abort.abort();
  }, [round]);
  return ways;
}

function waysOf(body: unknown): Ways {
  if (typeof body !== "object" || body === null) return UNKNOWN;
  return {
    sinks: "sinks" in body && Array.isArray(body.sinks) ? body.sinks.filter(isSink) : undefined,
    deliveries: "deliveries" in body && Array.isArray(body.deliveries) ? body.deliveries.filter(isDelivery) : [],
  };
}

function isSink(value: unknown): value is SinkState {
  return (
    typeof value === "object" &&
    value !== null &&
    "name" in value &&
    typeof value.name === "string" &&
    "delivered" in value &&
    "pending" in value
  );
}

function isDelivery(value: unknown): value is DeliveryState {
  if (typeof value !== "object" || value === null) return false;
  const numbers = ["received", "accepted", "duplicate", "ignored"].map((name) => Reflect.get(value, name));
  return (
    "path" in value &&
    typeof value.path === "string" &&
    numbers.every((number) => typeof number === "number") &&
    "refused" in value &&
    typeof value.refused === "object" &&
    value.refused !== null
  );
}
