import type { AluminiEvent } from "@alumiini/core";

/** Points from a sample to the trace that it came from. */
export interface Exemplar {
  readonly labelSet: { readonly trace_id: string; readonly span_id?: string };
  readonly value: number;
  /** Seconds since the Unix epoch. */
  readonly timestamp: number;
}

const TRACE_ID = /^[0-9a-f]{32}$/;
const SPAN_ID = /^[0-9a-f]{16}$/;

/**
 * Knows the trace of the event being recorded. Only well-formed ids become exemplars: Prometheus drops the whole scrape
 * over one that is longer than 128 characters or not escaped.
 */
export class ExemplarContext {
  #labelSet: Exemplar["labelSet"] | undefined;
  #timestamp = 0;

  /** Sets the event that the next values come from; none for `undefined`. */
  enter(event: AluminiEvent | undefined): void {
    const { traceId, spanId, timestamp } = event ?? {};
    this.#labelSet = undefined;
    if (traceId === undefined || !TRACE_ID.test(traceId)) return;
    if (timestamp === undefined || !Number.isFinite(timestamp)) return;
    this.#timestamp = timestamp / 1000;
    this.#labelSet =
      spanId !== undefined && SPAN_ID.test(spanId) ? { trace_id: traceId, span_id: spanId } : { trace_id: traceId };
  }

  /** Returns the exemplar for a value of that event, if the event is part of a trace. */
  of(value: number): Exemplar | undefined {
    return this.#labelSet && { labelSet: this.#labelSet, value, timestamp: this.#timestamp };
  }
}
