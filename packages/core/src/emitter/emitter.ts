import { auditFields, auditNames, type FieldProblem } from "../event/audit-fields.js";
import {
  buildEvent,
  buildMeasurement,
  isMeasurementKind,
  MEASUREMENTS,
  type UncheckedFields,
} from "../event/build-event.js";
import type { AluminiEvent } from "../event/event.js";
import { LIMITS } from "../event/limits.js";
import type { MeasurementKind } from "../event/measurement.js";
import { toIdentifier } from "../event/sanitize.js";
import type { EventType } from "../event/taxonomy.js";
import { createUlidGenerator } from "../event/ulid.js";
import type { Attached, Dispatcher } from "./dispatcher.js";
import type { Report } from "./failure.js";
import { RelayedEvents } from "./relayed-events.js";
import type { RelayOptions, RelayResult, TelemetryOptions } from "./telemetry.js";

/** How many events and measurements are looked at for missing and misspelt fields: all of the first, then one in each. */
const AUDITED_FIRST = 1000;
const AUDITED_EACH = 64;
/** Faults that are remembered; further ones are not reported. */
const MAX_FAULTS = 1000;

type Fields = Readonly<Record<string, unknown>>;

/** What `createTelemetry` has checked. */
type EmitterOptions = Pick<TelemetryOptions, "clusterId" | "clock" | "generateId"> & { readonly lateAfterMs: number };

/**
 * Makes events and measurements of what the caller gives, publishes them, and counts what it refuses. Nothing that it
 * is given makes it throw.
 */
export class Emitter {
  /** Events and measurements refused because their fields were unusable. */
  rejected = 0;
  /** Events and measurements given after `close`. */
  afterClose = 0;
  readonly relayed: RelayedEvents;
  readonly report: Report;
  readonly #options: EmitterOptions;
  readonly #dispatcher: Dispatcher;
  readonly #ulid = createUlidGenerator();
  readonly #faults = new Set<string>();
  #audited = 0;
  #isClosed = false;
  /** The type of what is being built, for `#onInvalid`: a closure for each event would cost more than the event. */
  #building: unknown;
  /** Whether something was reported of what is being built. */
  #isFaulty = false;

  constructor(options: EmitterOptions, dispatcher: Dispatcher, report: Report) {
    this.#options = options;
    this.#dispatcher = dispatcher;
    this.report = report;
    this.relayed = new RelayedEvents(dispatcher, options.lateAfterMs);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  close(): void {
    this.#isClosed = true;
    // From now on everything that is emitted must be counted.
    this.#dispatcher.idle = false;
  }

  // Before the first subscriber nothing is looked up or made. This path is apart from what follows, so that it is
  // inlined into the caller. Arrow functions, because callers may take the methods off the telemetry object.
  readonly emit = (type: EventType, fields: UncheckedFields): void => {
    if (!this.#dispatcher.idle) this.#emit(type, fields);
  };

  readonly measure = (kind: MeasurementKind, fields: Fields): void => {
    if (!this.#dispatcher.idle) this.#measure(kind, fields);
  };

  readonly relay = (event: AluminiEvent, options?: RelayOptions): RelayResult => {
    try {
      if (!this.#isClosed) return this.relayed.take(event, this.now(), options);
      this.#begin(event.type);
      this.#refuseClosed();
      return this.relayed.refuse("telemetry is closed");
    } catch {
      // A getter or a proxy threw, or there is no object at all.
      return this.relayed.refuse("event can't be read");
    }
  };

  /** Makes the event that would be emitted; there is none where the fields are unusable. Reports nothing. */
  describe(type: EventType, fields: UncheckedFields): AluminiEvent | undefined {
    return this.attempt(() => buildEvent(type, fields, "", this.now(), this.#options.clusterId, () => {}));
  }

  /** Calls what the caller passed in; what it throws is reported. */
  attempt<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      this.report({ kind: "input_failed", error });
      return undefined;
    }
  }

  /** Milliseconds since the Unix epoch, whole. */
  now(): number {
    const { clock } = this.#options;
    const time = clock === undefined ? Date.now() : this.attempt(() => clock.now());
    return typeof time === "number" && time >= 0 && time <= LIMITS.instant ? Math.trunc(time) : Date.now();
  }

  /** Milliseconds since a fixed point; never goes back. */
  monotonic(): number {
    const { clock } = this.#options;
    return (clock && this.attempt(() => Number(clock.monotonic()))) ?? performance.now();
  }

  newId(timestamp = this.now()): string {
    const { generateId } = this.#options;
    return (generateId && toIdentifier(this.attempt(generateId))) || this.#ulid(timestamp);
  }

  #emit(type: EventType, fields: UncheckedFields): void {
    this.#begin(type);
    try {
      const targets = this.#dispatcher.targets.byType.get(type);
      if (!this.#isWanted(targets)) return;
      const timestamp = this.now();
      const id = this.newId(timestamp);
      const event = buildEvent(type, fields, id, timestamp, this.#options.clusterId, this.#onInvalid);
      if (!event) return;
      if (this.#isAuditDue()) auditFields(type, fields, this.#onFault);
      this.#dispatcher.publish(event, targets);
    } catch {
      this.#onInvalid("fields", true);
    }
  }

  #measure(kind: MeasurementKind, fields: Fields): void {
    this.#begin(kind);
    try {
      const targets = isMeasurementKind(kind) ? this.#dispatcher.targets.measuring : undefined;
      if (!this.#isWanted(targets)) return;
      const measurement = buildMeasurement(kind, fields, this.now(), this.#options.clusterId, this.#onInvalid);
      if (!measurement) return;
      if (this.#isAuditDue()) auditNames(fields, Object.keys(MEASUREMENTS[kind]), this.#onFault);
      this.#dispatcher.publish(measurement, targets);
    } catch {
      this.#onInvalid("fields", true);
    }
  }

  #begin(building: unknown): void {
    this.#building = building;
    this.#isFaulty = false;
  }

  /** Whether anyone would get what is being built. */
  #isWanted(targets: readonly Attached[] | undefined): targets is readonly Attached[] {
    if (this.#isClosed) this.#refuseClosed();
    else if (targets === undefined) this.#onInvalid("type", true);
    else return targets.length > 0;
    return false;
  }

  #refuseClosed(): void {
    this.afterClose++;
    this.report({ kind: "dropped", reason: "closed", type: this.#nameOfBuilding() });
  }

  /** Reading every field's name would cost as much as making the event: a fault in a program comes again. */
  #isAuditDue(): boolean {
    // What is reported already is not looked at again.
    if (this.#isFaulty) return false;
    const count = this.#audited++;
    return count < AUDITED_FIRST || count % AUDITED_EACH === 0;
  }

  readonly #onFault = (path: string, problem: FieldProblem, nearest?: string): void => {
    this.#onInvalid(path, false, problem, nearest);
  };

  readonly #onInvalid = (path: string, rejected = false, problem?: FieldProblem, nearest?: string): void => {
    this.#isFaulty = true;
    if (rejected) this.rejected++;
    const type = this.#nameOfBuilding();
    if (problem !== undefined && !this.#isNewFault(`${type} ${path} ${problem}`)) return;
    const more = { ...(problem && { problem }), ...(nearest && { nearest }) };
    this.report({ kind: "invalid_fields", type, path: path.slice(0, LIMITS.identifier), rejected, ...more });
  };

  /** A fault of the program that calls is the same each time: it is reported once. */
  #isNewFault(fault: string): boolean {
    if (this.#faults.has(fault) || this.#faults.size >= MAX_FAULTS) return false;
    this.#faults.add(fault);
    return true;
  }

  #nameOfBuilding(): string {
    return toIdentifier(this.#building) ?? "?";
  }
}
