import { BoundedMap } from "../adapter/bounded-map.js";
import { aheadOfClock } from "../event/ahead-of-clock.js";
import { rebuildEvent } from "../event/build-event.js";
import type { AluminiEvent } from "../event/event.js";
import type { Attached, Dispatcher, Relayed } from "./dispatcher.js";
import type { RelayOptions, RelayResult, RelayStats } from "./telemetry.js";

/** Ids of relayed events that are remembered; beyond that the oldest is forgotten. */
const MAX_REMEMBERED = 50_000;

/** The door for events that were made elsewhere: takes each once, and remembers which. */
export class RelayedEvents {
  readonly #dispatcher: Dispatcher;
  readonly #lateAfterMs: number;
  readonly #remembered = new BoundedMap<string, Relayed>(MAX_REMEMBERED);
  readonly #counts = { accepted: 0, late: 0, duplicate: 0, refused: 0 };

  constructor(dispatcher: Dispatcher, lateAfterMs: number) {
    this.#dispatcher = dispatcher;
    this.#lateAfterMs = lateAfterMs;
  }

  stats(): RelayStats {
    return { ...this.#counts };
  }

  /** Publishes the event, unless it is not usable or was taken before. Throws where reading the event throws. */
  take(given: unknown, now: number, options: RelayOptions | undefined): RelayResult {
    const event = rebuildEvent(given);
    if (typeof event === "string") return this.refuse(`${event} is missing or not valid`);
    const ahead = aheadOfClock(event.timestamp, now);
    if (ahead !== undefined) return this.refuse(ahead);
    const targets = this.#dispatcher.targets.byType.get(event.type) ?? [];
    const before = this.#remembered.get(event.id);
    if (before) return this.#takeAgain(event, targets, before);
    const late = options?.late === true || now - event.timestamp > this.#lateAfterMs;
    const context = Object.freeze({ relayed: true, late });
    const relayed: Relayed = { context, attachments: this.#dispatcher.attachments };
    this.#remembered.set(event.id, relayed);
    this.#counts.accepted++;
    if (late) this.#counts.late++;
    this.#dispatcher.publish(event, targets, relayed);
    return "accepted";
  }

  refuse(reason: string): RelayResult {
    this.#counts.refused++;
    return { refused: reason };
  }

  /** Whether the subscriber failed on one of these events, or was not given it. */
  isMissedBy(to: Attached, eventIds: readonly string[]): boolean {
    return eventIds.some((id) => this.#remembered.get(id)?.missedBy?.has(to));
  }

  /** The subscriber's promises of these events; of everything where one is not remembered any more. */
  inFlightOf(to: Attached, eventIds: readonly string[]): Iterable<Promise<void> | undefined> {
    const events = eventIds.map((id) => this.#remembered.get(id));
    if (events.includes(undefined)) return to.inFlight;
    return events.map((relayed) => relayed?.inFlight?.get(to));
  }

  /** Only for those that missed it before, or were attached since. */
  #takeAgain(event: AluminiEvent, targets: readonly Attached[], relayed: Relayed): RelayResult {
    const { missedBy, attachments } = relayed;
    const missing = targets.filter((to) => to.order >= attachments || missedBy?.delete(to));
    relayed.attachments = this.#dispatcher.attachments;
    this.#counts.duplicate++;
    this.#dispatcher.publish(event, missing, relayed);
    return "duplicate";
  }
}
