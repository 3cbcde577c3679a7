import type { AnyEvent, EventOf } from "../event/event.js";
import type { MeasurementKind, MeasurementOf } from "../event/measurement.js";
import type { EventType } from "../event/taxonomy.js";
import type { Outcome } from "../event/vocabulary.js";
import type { DerivedKind, DerivedOf } from "./derived.js";
import type { RepositoryReading } from "./repository-state.js";

/** The keys that all members of the union `T` have and whose values are of type `V`. */
type KeysOf<T, V> = { [K in Extract<keyof T, string>]: [Exclude<T[K], undefined>] extends [V] ? K : never }[Extract<
  keyof T,
  string
>];

type TextField<T> = KeysOf<T, string>;
type NumberField<T> = KeysOf<T, number | boolean>;

type TextFieldOfAny = { [K in MeasurementKind]: TextField<MeasurementOf<K>> }[MeasurementKind];
type NumberFieldOfAny = { [K in MeasurementKind]: NumberField<MeasurementOf<K>> }[MeasurementKind];
type TextFieldOfDerived = { [K in DerivedKind]: TextField<DerivedOf<K>> }[DerivedKind];
type NumberFieldOfDerived = { [K in DerivedKind]: NumberField<DerivedOf<K>> }[DerivedKind];

/**
 * Where a label's value comes from: a field of what is recorded, a constant, or a field of the element that `each` is
 * at. What is absent reads `unknown`.
 */
export type LabelSource<Field extends string> =
  | { readonly field: Field }
  | { readonly constant: string }
  | { readonly element: "kind" };

interface SourceOf<Text extends string, Numeric extends string> {
  /** One entry for each of the metric's labels. */
  readonly labels: Readonly<Record<string, LabelSource<Text>>>;
  /**
   * What is recorded: a constant, or a field's value (1 and 0 for a truth value), times `scale`. Nothing is recorded
   * where the field is absent.
   */
  readonly value: number | { readonly field: Numeric; readonly scale?: number };
}

/** What restricts or multiplies what an event records. */
interface EventSourceOptions {
  /** Only events with one of these outcomes record anything. Absent: all do. */
  readonly outcomes?: readonly Outcome[];
  /** Leaves out the end of a sync of which a step has failed: it fails for the same reason, and the step is recorded. */
  readonly oncePerSync?: true;
  /**
   * Records once for each element of the list, and once more, with the element's labels `unknown`, the number of
   * those that `total` counts and the list lacks.
   */
  readonly each?: { readonly list: "resources"; readonly total: "resourcesApplied" };
}

/** Events that feed a metric, and how. */
export interface EventSource extends SourceOf<TextField<AnyEvent>, NumberField<AnyEvent>>, EventSourceOptions {
  readonly events: readonly EventType[];
}

/** What a measurement itself lacks; a backend may give it what it knows of the repository. */
type PlaceField = "namespace" | "branch";

/** The measurement that feeds a metric, and how. */
export interface MeasurementSource extends SourceOf<TextFieldOfAny | PlaceField, NumberFieldOfAny> {
  readonly measurement: MeasurementKind;
}

/** What several events of a repository together say, and how it feeds a metric. */
export interface DerivedSource extends SourceOf<TextFieldOfDerived, NumberFieldOfDerived> {
  readonly derived: DerivedKind;
}

/** What a sink's `stats()` say. */
export type SinkReading =
  | "deliveries"
  | "duration"
  | "pending"
  | "oldestPending"
  | "outboxRecords"
  | "outboxBytes"
  | "outboxDegraded"
  | "outboxDeadLetters"
  | "outboxLost"
  | "dropped";

/** What a backend knows besides: its repositories and clusters, its version, and what got no series of its own. */
export type BackendReading = "repositories" | "clusters" | "version" | "seriesDropped";

/** A value that is read when the metrics are: of each repository, of each sink, or of the backend itself. */
export type ReadSource =
  | { readonly read: "repository"; readonly reading: RepositoryReading }
  | { readonly read: "sink"; readonly reading: SinkReading }
  | { readonly read: "backend"; readonly reading: BackendReading };

export type MetricSource = EventSource | MeasurementSource | DerivedSource | ReadSource;

interface DefinitionOf {
  /** The name in Prometheus, where names have a prefix, a unit and, for counters, `_total`. */
  readonly name: string;
  /** In the notation of UCUM, as OpenTelemetry has it: `ms`, `By`, `{sync}`. */
  readonly unit: string;
  readonly description: string;
  /** Label names, in the order in which backends get the values. */
  readonly labels: readonly string[];
  readonly sources: readonly MetricSource[];
}

/** A sum that only grows: each recording adds to it. */
export interface CounterDefinition extends DefinitionOf {
  readonly kind: "counter";
  /**
   * Values of labels whose values are known beforehand. A series for each of their combinations begins at 0 as soon as
   * the other labels' values are known: what is first seen at 1 is no increase to Prometheus.
   */
  readonly initial?: Readonly<Record<string, readonly string[]>>;
}

/** A value that goes up and down: each recording replaces the last. */
export interface GaugeDefinition extends DefinitionOf {
  readonly kind: "gauge";
  /** How one value is made of those that several processes of one controller report. Counters and histograms add up. */
  readonly acrossProcesses: "sum" | "max" | "min";
}

/** A distribution: each recording counts in one bucket. */
export interface HistogramDefinition extends DefinitionOf {
  readonly kind: "histogram";
  /** Upper bounds, inclusive and ascending, in the metric's unit; backends add the infinite one. */
  readonly buckets: readonly number[];
}

/** A metric as data: what any backend needs to create its instrument and to feed it. */
export type MetricDefinition = CounterDefinition | GaugeDefinition | HistogramDefinition;

/** Says which events feed a metric; the fields must be ones that all of these events may have. */
// @__NO_SIDE_EFFECTS__
export function fromEvents<T extends EventType>(
  events: readonly T[],
  source: SourceOf<TextField<EventOf<T>> & TextField<AnyEvent>, NumberField<EventOf<T>> & NumberField<AnyEvent>> &
    EventSourceOptions,
): EventSource {
  return { events, ...source };
}

/** Says which measurement feeds a metric; the fields must be that measurement's. */
// @__NO_SIDE_EFFECTS__
export function fromMeasurement<K extends MeasurementKind>(
  measurement: K,
  source: SourceOf<TextField<MeasurementOf<K>> & TextFieldOfAny, NumberField<MeasurementOf<K>> & NumberFieldOfAny>,
): MeasurementSource {
  return { measurement, ...source };
}

/** Says what derived from several events feeds a metric; the fields must be its own. */
// @__NO_SIDE_EFFECTS__
export function fromDerived<K extends DerivedKind>(
  derived: K,
  source: SourceOf<TextField<DerivedOf<K>> & TextFieldOfDerived, NumberField<DerivedOf<K>> & NumberFieldOfDerived>,
): DerivedSource {
  return { derived, ...source };
}
