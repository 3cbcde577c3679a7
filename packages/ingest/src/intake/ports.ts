import type { Subscriber, Telemetry } from "@alumiini/core";

/** What takes finished events: a telemetry instance. */
export type RelayTarget = Pick<Telemetry, "clusterId" | "measure" | "relay" | "stored">;

/** A subscriber whose storing an answer waits for. */
export type StoredSubscriber = Pick<Subscriber, "name" | "handle"> & Required<Pick<Subscriber, "stored">>;
