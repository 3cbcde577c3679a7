import type { AluminiEvent, Subscriber } from "@alumiini/core";
import { callback, milliseconds, OptionError, type RulesFor, required, text, value } from "@alumiini/core/adapter";
import type { Delivery, MapContext, Mapped, Mapper } from "../mapping/mapper.js";
import type { Ending } from "./counts.js";
import { Durability } from "./durability.js";
import type { RelayTarget, StoredSubscriber } from "./ports.js";
import { type Target, targetOf } from "./target.js";

/** The options of every source of deliveries. */
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

/** The rules of the options of every source of deliveries. */
export const INTAKE_RULES = {
  to: required(value("a telemetry instance or a subscriber", isTarget, undefined)),
  clusterId: text(undefined),
  repoName: callback<NonNullable<MapContext["repoName"]>>(),
  environment: callback<NonNullable<MapContext["environment"]>>(),
  durable: value("a list of subscribers, or of names that a telemetry instance knows", isDurable, undefined),
  storedTimeoutMs: milliseconds(1, undefined),
} satisfies RulesFor<IntakeOptions>;

function isTarget(given: unknown): given is IntakeOptions["to"] {
  return typeof given === "object" && given !== null;
}

function isDurable(given: unknown): given is NonNullable<IntakeOptions["durable"]> {
  return Array.isArray(given);
}

/** Turns verified deliveries into events, and events into an ending. */
export class Intake {
  readonly #target: Target;
  readonly #durability: Durability;
  readonly #context: Omit<MapContext, "receivedAt">;

  /** @throws {OptionError} when the options name no cluster, or a durable subscriber that stores nothing. */
  constructor(options: IntakeOptions, of: string) {
    const { to, durable = [], storedTimeoutMs = 8000, repoName, environment } = options;
    this.#target = targetOf(to);
    for (const subscriber of durable) {
      // A telemetry instance flushes a subscriber without the method.
      const isNamed = typeof subscriber === "string" && this.#target.stored !== undefined;
      if (!isNamed && (typeof subscriber === "string" || typeof subscriber?.stored !== "function")) {
        throw new OptionError(
          of,
          "durable",
          "must be subscribers with stored, or names that a telemetry instance knows",
        );
      }
    }
    const clusterId = options.clusterId ?? this.#target.clusterId;
    if (typeof clusterId !== "string" || clusterId === "" || clusterId.length > 256) {
      throw new OptionError(of, "clusterId", "must be a text of 1 to 256 characters");
    }
    this.#context = { clusterId, repoName, environment };
    this.#durability = new Durability(durable, storedTimeoutMs, this.#target);
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
    return this.#relay(events, suspensions.length === 0);
  }

  async #relay(events: readonly AluminiEvent[], eventsOnly: boolean): Promise<Ending> {
    const taken: AluminiEvent[] = [];
    let accepted = 0;
    let refused: Ending | undefined;
    try {
      for (const event of events) {
        const answer = this.#target.take(event);
        // One that can't be taken keeps none of the others out: the sender does not send again what is refused.
        if (typeof answer === "object") refused ??= refusal(answer.refused);
        else taken.push(event);
        if (answer === "accepted") accepted++;
      }
    } catch {
      return { kind: "rejected", reason: "unavailable", message: "the subscriber threw" };
    }
    // Also what was known: the delivery before may have been answered before it was stored.
    if (taken.length > 0 && !(await this.#durability.store(taken, eventsOnly))) {
      return { kind: "rejected", reason: "not_stored", message: "not stored; send it again" };
    }
    if (refused !== undefined) return refused;
    return { kind: accepted > 0 ? "accepted" : "duplicate", accepted, duplicates: events.length - accepted };
  }
}

/** A telemetry that is closed says so; anything else that it refuses is about the event. */
function refusal(reason: string): Ending {
  return /\bclosed\b/.test(reason)
    ? { kind: "rejected", reason: "unavailable", message: "closed; send it again" }
    : { kind: "rejected", reason: "invalid", path: "", message: `the event is refused: ${reason}` };
}
