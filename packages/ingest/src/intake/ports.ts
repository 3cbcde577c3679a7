import type { AluminiEvent, StoredOptions, Subscriber, Telemetry } from "@alumiini/core";

/** What takes finished events: a telemetry instance. */
export interface RelayTarget extends Pick<Telemetry, "clusterId" | "measure" | "stats"> {
  relay(event: AluminiEvent): "accepted" | "duplicate" | { readonly refused: string };
  stored(options?: StoredOptions): Promise<void>;
}

/** A subscriber whose storing an answer waits for. */
export type StoredSubscriber = Pick<Subscriber, "name" | "handle"> & Required<Pick<Subscriber, "stored">>;
