import type { ErrorType } from "./vocabulary.js";

/** What `measure` takes, by kind: readings that are no events (ADR-004 sections 3 and 4). */
export interface MeasurementFields {
  /** A look-up in a cache. */
  cache_access: { readonly cacheName: string; readonly result: "hit" | "miss" };
  /** The number of worker processes now active. */
  worker_count: { readonly count: number };
  /** A worker was restarted. */
  worker_restart: { readonly repoName: string; readonly workerId?: string | undefined };
  /** Memory that the worker of a repository holds, in bytes. */
  worker_memory: { readonly repoName: string; readonly bytes: number; readonly workerId?: string | undefined };
  /** The number of items that wait in a queue. */
  queue_depth: { readonly queue: string; readonly depth: number };
  /** Whether this replica is now the leader. */
  leadership: { readonly leader: boolean };
  /** An error outside of any event. */
  error: { readonly repoName: string; readonly errorType: ErrorType; readonly errorMessage?: string | undefined };
}

/** The names of the measurements. */
export type MeasurementKind = keyof MeasurementFields;

/** The measurement of kind `K`: frozen, shared by all subscribers, and free of credentials. */
export type MeasurementOf<K extends MeasurementKind> = K extends MeasurementKind
  ? {
      readonly kind: K;
      /** Milliseconds since the Unix epoch, whole. */
      readonly timestamp: number;
      readonly clusterId: string;
    } & MeasurementFields[K]
  : never;

/** Any measurement: a union discriminated by `kind`. */
export type Measurement = MeasurementOf<MeasurementKind>;

/** All measurement kinds. */
export const MEASUREMENT_KINDS = [
  "cache_access",
  "worker_count",
  "worker_restart",
  "worker_memory",
  "queue_depth",
  "leadership",
  "error",
] as const satisfies readonly MeasurementKind[];
