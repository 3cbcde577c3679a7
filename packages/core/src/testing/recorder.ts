import type { Subscriber } from "../emitter/subscriber.js";
import type { AluminiEvent, EventOf } from "../event/event.js";
import type { Measurement, MeasurementKind, MeasurementOf } from "../event/measurement.js";
import type { EventType } from "../event/taxonomy.js";

/** How long a wait may take. */
export interface WaitOptions {
  /** In milliseconds. Default 2,000. */
  readonly timeoutMs?: number;
}

/** A subscriber that keeps what it is given, for tests. */
export interface EventRecorder extends Subscriber {
  /** All events so far, in order. */
  readonly events: readonly AluminiEvent[];
  /** All measurements so far, in order. */
  readonly measurements: readonly Measurement[];
  handle(event: AluminiEvent): void;
  measure(measurement: Measurement): void;
  /** The events of one type. */
  ofType<T extends EventType>(type: T): EventOf<T>[];
  /** The measurements of one kind. */
  ofKind<K extends MeasurementKind>(kind: K): MeasurementOf<K>[];
  /**
   * The first event of the type that fits, recorded already or still to come. Rejects at the deadline with an error
   * that lists what came instead.
   */
  waitFor<T extends EventType>(
    type: T,
    fits?: (event: EventOf<T>) => boolean,
    options?: WaitOptions,
  ): Promise<EventOf<T>>;
  /** Forgets everything. */
  clear(): void;
}

const DEFAULT_TIMEOUT_MS = 2000;

/**
 * Records events and measurements.
 *
 * @example
 * ```ts
 * import { createTelemetry } from "@alumiini/core";
 * import { recordEvents } from "@alumiini/core/testing";
 *
 * const telemetry = createTelemetry({ clusterId: "test" });
 * const recorder = recordEvents();
 * telemetry.subscribe(recorder);
 * const failed = await recorder.waitFor("sync_failed", (event) => event.repoName === "my-app");
 * failed.errorType;
 * ```
 */
export function recordEvents(): EventRecorder {
  const events: AluminiEvent[] = [];
  const measurements: Measurement[] = [];
  const waiting = new Set<(event: AluminiEvent) => void>();
  const ofType = <T extends EventType>(type: T) => events.filter((event) => isOfType(event, type));

  return {
    name: "recorder",
    events,
    measurements,
    handle(event) {
      events.push(event);
      for (const look of [...waiting]) look(event);
    },
    measure(measurement) {
      measurements.push(measurement);
    },
    ofType,
    ofKind: (kind) => measurements.filter((measurement) => isOfKind(measurement, kind)),
    waitFor(type, fits = () => true, { timeoutMs = DEFAULT_TIMEOUT_MS } = {}) {
      const found = ofType(type).find(fits);
      if (found !== undefined) return Promise.resolve(found);
      return new Promise((resolve, reject) => {
        const end = () => {
          clearTimeout(timer);
          waiting.delete(look);
        };
        const look = (event: AluminiEvent) => {
          if (!isOfType(event, type) || !fits(event)) return;
          end();
          resolve(event);
        };
        const timer = setTimeout(() => {
          end();
          const seen = events.map((event) => event.type).join(", ") || "nothing";
          reject(new Error(`no fitting ${type} within ${timeoutMs} ms; recorded: ${seen}`));
        }, timeoutMs);
        waiting.add(look);
      });
    },
    clear() {
      events.length = 0;
      measurements.length = 0;
    },
  };
}

function isOfType<T extends EventType>(event: AluminiEvent, type: T): event is Extract<EventOf<T>, AluminiEvent> {
  return event.type === type;
}

function isOfKind<K extends MeasurementKind>(
  measurement: Measurement,
  kind: K,
): measurement is Extract<MeasurementOf<K>, Measurement> {
  return measurement.kind === kind;
}
