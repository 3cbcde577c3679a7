import type { AluminiEvent, Subscriber } from "@alumiini/core";
import type { Delivery, MapContext, Mapped, Mapper } from "../mapping/mapper.js";
import type { Ending } from "./counts.js";
import { Durability } from "./durability.js";
import type { RelayTarget, StoredSubscriber } from "./ports.js";
import { type Target, targetOf } from "./target.js";

/** What every way in takes. */
export interface IntakeOptions {
  /** Where events go: a telemetry instance, through its `relay`, or a subscriber. */
  readonly to: RelayTarget | Subscriber;
  /** Names the cluster on every event. Default that of the telemetry instance; with a subscriber it must be given. */
  readonly clusterId?: string | undefined;
  readonly repoName?: MapContext["repoName"];
  readonly environment?: MapContext["environment"];
  /**
   * The subscribers that must have stored a delivery's events before it is answered: they, or the names by which the
   * telemetry instance knows them. Others delay no answer.
   */
  readonly durable?: readonly (string | StoredSubscriber)[] | undefined;
  /** Milliseconds that storing may take. Default 8,000: GitHub gives up after 10 seconds. */
  readonly storedTimeoutMs?: number | undefined;
}

/** Turns verified deliveries into events, and events into an ending. */
export class Intake {
  readonly #target: Target;
  readonly #durability: Durability;
  readonly #context: Omit<MapContext, "receivedAt">;

  /** @throws {TypeError} when the options name no cluster, or a durable subscriber that stores nothing. */
  constructor(options: IntakeOptions, of: string) {
    const { to, durable = [], storedTimeoutMs = 8000, repoName, environment } = options;
    if (typeof to !== "object" || to === null) throw new TypeError(`${of}: to must be a telemetry or a subscriber`);
    this.#target = targetOf(to);
    for (const subscriber of durable) {
      // A telemetry instance flushes a subscriber without the method.
      const isNamed = typeof subscriber === "string" && this.#target.stored !== undefined;
      if (!isNamed && (typeof subscriber === "string" || typeof subscriber?.stored !== "function")) {
        throw new TypeError(`${of}: durable must be subscribers with stored, or names that a telemetry instance knows`);
      }
    }
    if (!(storedTimeoutMs > 0)) throw new TypeError(`${of}: storedTimeoutMs must be more than 0`);
    const clusterId = options.clusterId ?? this.#target.clusterId;
    if (typeof clusterId !== "string" || clusterId === "" || clusterId.length > 256) {
      throw new TypeError(`${of}: clusterId must be a text of 1 to 256 characters`);
    }
    this.#context = { clusterId, repoName, environment };
    this.#durability = new Durability(durable, Math.min(storedTimeoutMs, 2 ** 31 - 1), this.#target);
  }

  /** Never rejects. */
  async take(map: Mapper, delivery: Delivery): Promise<Ending> {
    let mapped: Mapped;
    try {
      mapped = map(delivery, { ...this.#context, receivedAt: Date.now() });
    } catch {
      return { kind: "rejected", reason: "internal", message: "the mapper threw" };
    }
    const { events, rejected, ignored, suspensions = [] } = mapped;
    for (const suspension of suspensions) this.#target.suspend(this.#context.clusterId, suspension);
    if (rejected !== undefined) return { kind: "rejected", reason: "invalid", ...rejected };
    if (events.length === 0) return { kind: "ignored", reason: ignored?.reason ?? "no_event" };
    return this.#relay(events);
  }

  async #relay(events: readonly AluminiEvent[]): Promise<Ending> {
    let accepted = 0;
    try {
      for (const event of events) {
        const answer = this.#target.take(event);
        if (answer === "accepted") accepted++;
        else if (answer !== "duplicate") return refusal(answer.refused);
      }
    } catch {
      return { kind: "rejected", reason: "unavailable", message: "the subscriber threw" };
    }
    // Also what was known: the delivery before may have been answered before it was stored.
    if (!(await this.#durability.store(events))) {
      return { kind: "rejected", reason: "not_stored", message: "not stored; send it again" };
    }
    return { kind: accepted > 0 ? "accepted" : "duplicate", accepted, duplicates: events.length - accepted };
  }
}

/** A telemetry that is closed says so; anything else that it refuses is about the event. */
function refusal(reason: string): Ending {
  return /\bclosed\b/.test(reason)
    ? { kind: "rejected", reason: "unavailable", message: "closed; send it again" }
    : { kind: "rejected", reason: "invalid", path: "", message: `the event is refused: ${reason}` };
}
