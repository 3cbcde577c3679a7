import type { AluminiEvent } from "@alumiini/core";

/** A CloudEvent 1.0 as a plain object. Extension attributes are further keys. */
export interface CloudEvent {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  /** RFC 3339. */
  readonly time?: string;
  readonly datacontenttype?: string;
  readonly dataschema?: string;
  /** JSON. */
  readonly data?: unknown;
  readonly [extension: string]: unknown;
}

/** Turns an event into the CloudEvents that stand for it: one, several, or none. `cdevents()` answers such a function. */
export type EncodeCloudEvents = (event: AluminiEvent) => readonly CloudEvent[];
