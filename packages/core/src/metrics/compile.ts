import type { AluminiEvent } from "../event/event.js";
import type { Measurement, MeasurementKind } from "../event/measurement.js";
import type { EventType } from "../event/taxonomy.js";
import type { DerivedSource, EventSource, MeasurementSource, MetricDefinition } from "./definition.js";
import type { Derived, DerivedKind } from "./derived.js";
import { FailedSteps } from "./failed-steps.js";

/** The value of a label whose field is absent. */
export const UNKNOWN_LABEL_VALUE = "unknown";

/**
 * Takes one value for the series with these label values, which are in the order of the definition's `labels`. The
 * array is used again for the next value: read it before returning, copy it to keep it.
 */
export type MetricRecorder = (labelValues: readonly string[], value: number) => void;

/** What feeds the metrics: the parts of a subscriber, and what takes what was derived. */
export interface CompiledMetrics {
  /** The event types that feed any of the metrics directly. What is derived and read may need others. */
  readonly types: readonly EventType[];
  /** Records an event. `original` is the event as it came, where some of its fields were replaced for the labels. */
  handle(event: AluminiEvent, original?: AluminiEvent): void;
  measure(measurement: Measurement): void;
  derive(derived: Derived): void;
}

type Fields = { readonly [name: string]: unknown };
type Recording = (fields: Fields) => unknown;

type RecordedSource = EventSource | MeasurementSource | DerivedSource;

/**
 * Turns definitions into a backend's recordings. `recorderOf` is called once for each definition that anything is
 * recorded of, and returns what takes its values; what is only read is left to the backend. `handle`, `measure` and
 * `derive` throw a RangeError for a value that the metric can't take, which no event or measurement of an emitter's
 * holds.
 */
export function compileMetrics(
  definitions: readonly MetricDefinition[],
  recorderOf: (definition: MetricDefinition) => MetricRecorder,
): CompiledMetrics {
  const byType = new Map<EventType, Recording[]>();
  const byKind = new Map<MeasurementKind | DerivedKind, Recording[]>();
  const failedSteps = new FailedSteps();
  /** Of the event that is being recorded. */
  let isRepeated = false;
  for (const definition of definitions) {
    let recorder: MetricRecorder | undefined;
    for (const source of definition.sources) {
      if ("read" in source) continue;
      recorder ??= recorderOf(definition);
      const record = recorder;
      if ("measurement" in source) add(byKind, source.measurement, compileSource(definition, source, record));
      else if ("derived" in source) add(byKind, source.derived, compileSource(definition, source, record));
      else {
        const recording = compileEventSource(definition, source, record);
        const once = source.oncePerSync ? (fields: Fields) => isRepeated || recording(fields) : recording;
        for (const type of source.events) add(byType, type, once);
      }
    }
  }
  return {
    types: [...byType.keys()],
    handle(event, original = event) {
      isRepeated = failedSteps.repeats(original);
      runAll(byType.get(event.type), event);
    },
    measure: (measurement) => runAll(byKind.get(measurement.kind), measurement),
    derive: (derived) => runAll(byKind.get(derived.derived), derived),
  };
}

function add<K>(recordings: Map<K, Recording[]>, key: K, recording: Recording): void {
  const list = recordings.get(key);
  if (list === undefined) recordings.set(key, [recording]);
  else list.push(recording);
}

function runAll(recordings: readonly Recording[] | undefined, fields: Fields): void {
  if (recordings === undefined) return;
  for (const recording of recordings) recording(fields);
}

function compileEventSource(definition: MetricDefinition, source: EventSource, record: MetricRecorder): Recording {
  const recording =
    source.each === undefined
      ? compileSource(definition, source, record)
      : compileEach(definition, source, source.each, record);
  const outcomes: readonly unknown[] | undefined = source.outcomes;
  if (outcomes === undefined) return recording;
  return (fields) => {
    if (outcomes.includes(fields["outcome"])) recording(fields);
  };
}

function compileSource(definition: MetricDefinition, source: RecordedSource, record: MetricRecorder): Recording {
  const fill = compileLabels(definition, source);
  const { value } = source;
  if (typeof value === "number") return (fields) => record(fill(fields, undefined), value);
  const { field, scale = 1 } = value;
  const lowest = definition.kind === "gauge" ? Number.NEGATIVE_INFINITY : 0;
  return (fields) => {
    const held = fields[field];
    const read = typeof held === "boolean" ? Number(held) : held;
    if (typeof read !== "number") return;
    // One NaN would spoil a sum for the rest of the process.
    if (!(read >= lowest && Number.isFinite(read))) throw new RangeError(`${definition.name} can't take ${read}`);
    record(fill(fields, undefined), read * scale);
  };
}

function compileEach(
  definition: MetricDefinition,
  source: EventSource,
  each: NonNullable<EventSource["each"]>,
  record: MetricRecorder,
): Recording {
  const fill = compileLabels(definition, source);
  return (fields) => {
    const list = fields[each.list];
    const elements: readonly Fields[] = Array.isArray(list) ? list : [];
    for (const element of elements) record(fill(fields, element), 1);
    const total = fields[each.total];
    const rest = typeof total === "number" ? total - elements.length : 0;
    if (rest > 0) record(fill(fields, undefined), rest);
  };
}

/** Returns a function that reads the label values into one array, which it uses again and again. */
function compileLabels(
  definition: MetricDefinition,
  source: RecordedSource,
): (fields: Fields, element: Fields | undefined) => readonly string[] {
  const labelValues: string[] = [];
  const fromFields: { readonly index: number; readonly field: string }[] = [];
  const fromElement: typeof fromFields = [];
  for (const [index, label] of definition.labels.entries()) {
    const from = source.labels[label];
    if (from === undefined) throw new TypeError(`${definition.name}: a source has no value for the label ${label}`);
    labelValues.push("constant" in from ? from.constant : UNKNOWN_LABEL_VALUE);
    if ("field" in from) fromFields.push({ index, field: from.field });
    if ("element" in from) fromElement.push({ index, field: from.element });
  }
  return (fields, element) => {
    for (const { index, field } of fromFields) labelValues[index] = toLabelValue(fields[field]);
    for (const { index, field } of fromElement) labelValues[index] = toLabelValue(element?.[field]);
    return labelValues;
  };
}

function toLabelValue(value: unknown): string {
  return typeof value === "string" ? value : UNKNOWN_LABEL_VALUE;
}
