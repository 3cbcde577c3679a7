import {
  type AluminiEvent,
  createTelemetry,
  type HandleContext,
  type Subscriber,
  type Telemetry,
} from "@alumiini/core";
import type { StoredSubscriber } from "../../src/index.js";

/** A subscriber that keeps what it takes, and stores it when it is let to. */
export class Store implements StoredSubscriber {
  readonly name: string;
  readonly taken: AluminiEvent[] = [];
  readonly contexts: unknown[] = [];
  /** What is done at `stored`. */
  onStored: (signal?: AbortSignal) => void | Promise<void> = () => {};
  waits = 0;

  constructor(name = "store") {
    this.name = name;
  }

  handle(event: AluminiEvent, context?: HandleContext): void {
    this.taken.push(event);
    this.contexts.push(context);
  }

  stored(signal?: AbortSignal): void | Promise<void> {
    this.waits++;
    return this.onStored(signal);
  }

  get ids(): string[] {
    return [...new Set(this.taken.map(({ id }) => id))].sort();
  }
}

/** A telemetry instance with these subscribers. */
export function telemetryOf(...subscribers: readonly Subscriber[]): Telemetry {
  const telemetry = createTelemetry({ clusterId: "test", onFailure: () => {} });
  for (const subscriber of subscribers) telemetry.subscribe(subscriber);
  return telemetry;
}
