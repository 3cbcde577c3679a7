import type { ErrorType } from "./vocabulary.js";

/** The repository that a measurement is about. */
type RepositoryRef = {
  readonly repoName: string;
  /** Needed where two namespaces have repositories of the same name. */
  readonly namespace?: string | undefined;
};

/** What `measure` takes, by kind: readings that are no events (ADR-004 sections 3 and 4). */
export interface MeasurementFields {
  /** A look-up in a cache. */
  cache_access: { readonly cacheName: string; readonly result: "hit" | "miss" };
  /** The number of worker processes now active. */
  worker_count: { readonly count: number };
  /** A worker was restarted. */
  worker_restart: RepositoryRef & { readonly workerId?: string | undefined };
  /** Memory that the worker of a repository holds, in bytes. */
  worker_memory: RepositoryRef & { readonly bytes: number; readonly workerId?: string | undefined };
  /** The number of items that wait in a queue. */
  queue_depth: { readonly queue: string; readonly depth: number };
  /** Whether this replica is now the leader. */
  leadership: { readonly leader: boolean };
  /** An error outside of any event. */
  error: RepositoryRef & { readonly errorType: ErrorType; readonly errorMessage?: string | undefined };
  /**
   * Whether reconciliation of a repository is suspended (Flux `spec.suspend`, automated sync switched off in Argo CD).
   * Measure it at the start and at every change; a repository without a measurement is unknown, not running.
   */
  suspension: {
    readonly repoName: string;
    readonly namespace: string;
    readonly suspended: boolean;
    /** The repository's cluster. Default: the `clusterId` of the telemetry instance. */
    readonly clusterId?: string | undefined;
  };
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
    } & Omit<MeasurementFields[K], "clusterId">
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
  "suspension",
] as const satisfies readonly MeasurementKind[];
