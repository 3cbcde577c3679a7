import type { AluminiEvent } from "@alumiini/core";
import type { CloudEvent } from "@alumiini/delivery";
import { type Model, modelOf } from "../model/model.js";
import { type Settings, settingsOf, type TapioOptions } from "../model/options.js";

/** A CloudEvent whose data is known. */
export interface Encoded<Data> extends CloudEvent {
  readonly data: Data;
}

/** What the three encoders are: functions for the sinks' `encode`, with one CloudEvent for each event. */
export type Encode<Data> = (event: AluminiEvent) => readonly [Encoded<Data>];

/**
 * The last part of a CloudEvent's source. Receivers treat messages with the same source and id as duplicates: without
 * it, JetStream drops the second form of an event in one stream.
 */
type Form = "tapio" | "ahti" | "false";

/** Returns an encoder that puts what `dataOf` returns into a CloudEvent with the event's own id. */
export function createEncoder<Data>(
  encoder: string,
  form: Form,
  options: TapioOptions,
  typeOf: (model: Model) => string,
  dataOf: (model: Model, settings: Settings) => Data,
): Encode<Data> {
  const settings = settingsOf(encoder, options);
  return (event) => {
    const model = modelOf(event, settings);
    const { id, clusterId, traceId, spanId } = event;
    const cloudEvent: Encoded<Data> = {
      specversion: "1.0",
      id,
      source: `alumiini:/clusters/${segment(clusterId)}/${form}`,
      type: typeOf(model),
      subject: model.entities[0].id,
      time: model.time,
      datacontenttype: "application/json",
      data: dataOf(model, settings),
      // The event has a span only where it is recorded: hence the flag.
      ...(traceId !== undefined && spanId !== undefined && { traceparent: `00-${traceId}-${spanId}-01` }),
    };
    return [cloudEvent];
  };
}

/** Text as one segment of a URI. Half a surrogate pair, which `encodeURIComponent` throws on, is replaced. */
function segment(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
