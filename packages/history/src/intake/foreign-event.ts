import type { AluminiEvent } from "@alumiini/core";

/** What `@alumiini/tapio` reads of a foreign event, as far as it is used here. */
export interface ForeignEvent {
  readonly id: string;
  readonly timestamp: number;
  readonly source?: string;
  readonly type: string;
  readonly subtype?: string;
  readonly severity: string;
  readonly outcome: string;
  readonly clusterId?: string;
  readonly namespace?: string;
  readonly node?: string;
  readonly traceId?: string;
  readonly durationUs?: number;
  readonly entities: readonly ForeignEntity[];
  readonly relationships: readonly ForeignRelationship[];
  readonly correlationKeys: readonly string[];
  readonly error?: { readonly code?: string; readonly message?: string };
  readonly pid?: number;
  readonly connection?: { readonly host?: string; readonly ip?: string; readonly port?: number };
  readonly labels: Readonly<Record<string, string>>;
  readonly data?: unknown;
  /** The event of ours that it was made of. */
  readonly origin?: AluminiEvent;
}

/** `type` in lower case, such as `pod`. */
export interface ForeignEntity {
  readonly type: string;
  readonly id: string;
  readonly name?: string;
  readonly namespace?: string;
}

export interface ForeignRelationship {
  readonly type: string;
  readonly source: { readonly type: string; readonly id: string };
  readonly target: { readonly type: string; readonly id: string };
}

/** Namespace and name: TAPIO tells them by the id alone, `<namespace>/<name>`. */
export function splitId(id: string, namespace: string | null, name: string | null): [string | null, string] {
  const index = id.lastIndexOf("/");
  if (index < 0) return [namespace, name ?? id];
  return [namespace ?? id.slice(0, index), name ?? id.slice(index + 1)];
}
