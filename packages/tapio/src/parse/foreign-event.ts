import type { AluminiEvent, WireError } from "@alumiini/core";

/** An entity that a foreign event names. */
export interface ForeignEntity {
  /** In lower case, such as `pod`. */
  readonly type: string;
  readonly id: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly clusterId?: string;
}

/** A relationship between two entities. */
export interface ForeignRelationship {
  /** In lower case, such as `manages`. */
  readonly type: string;
  readonly source: { readonly type: string; readonly id: string };
  readonly target: { readonly type: string; readonly id: string };
}

/** The ends of a connection; each part may be unknown. */
export interface ForeignConnection {
  readonly sourceIp?: string;
  readonly sourcePort?: number;
  /** A name, where the event has one. */
  readonly host?: string;
  readonly ip?: string;
  readonly port?: number;
}

/** What went wrong, as far as the sender tells it. */
export interface ForeignError {
  readonly code?: string;
  /** `whatFailed` where there is no message of its own. */
  readonly message?: string;
  readonly whatFailed?: string;
  readonly whyItMatters?: string;
  /** KULTA puts the message of the failed rollout first. At most 16. */
  readonly possibleCauses?: readonly string[];
  readonly suggestedFix?: string;
}

/**
 * An event that came from TAPIO, AHTI, POLKU or KULTA, or from our own encoders. All texts are bounded as those of our
 * events and free of credentials; what isn't known is absent.
 */
export interface ForeignEvent {
  readonly id: string;
  /** Milliseconds since the Unix epoch, whole. */
  readonly timestamp: number;
  /** The program that it comes from, as it states itself. */
  readonly source?: string;
  /** As sent, such as `kernel.network.connection_refused`; of a TapioEvent one of TAPIO's types, such as `network`. */
  readonly type: string;
  /** Of TapioEvents only. */
  readonly subtype?: string;
  /** `info` where the event has none, or an unknown one. */
  readonly severity: "debug" | "info" | "warning" | "error" | "critical";
  /** `unknown` where the event has none, or an unknown one. */
  readonly outcome: "success" | "failure" | "timeout" | "in_progress" | "unknown";
  readonly clusterId?: string;
  readonly namespace?: string;
  readonly node?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  /** Microseconds, whole. */
  readonly durationUs?: number;
  /** At most 1,000. */
  readonly entities: readonly ForeignEntity[];
  /** At most 1,000. */
  readonly relationships: readonly ForeignRelationship[];
  /** Most specific first, as `<key>:<value>` where the sender had two parts. At most 64. */
  readonly correlationKeys: readonly string[];
  readonly error?: ForeignError;
  readonly pid?: number;
  readonly connection?: ForeignConnection;
  /** At most 128. */
  readonly labels: Readonly<Record<string, string>>;
  /** What else it carries, as JSON: at most 2,000 values, 8 levels deep. */
  readonly data?: unknown;
  /** The event of ours that it was made of, where it carries one; `data` leaves it out. */
  readonly origin?: AluminiEvent;
}

/** What the parsers return. */
export type ForeignResult =
  | { readonly ok: true; readonly event: ForeignEvent }
  | { readonly ok: false; readonly error: WireError };
