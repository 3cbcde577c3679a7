import { type AluminiEvent, LIMITS, parseWire, type WireError } from "@alumiini/core";
import { toPid } from "../model/options.js";
import {
  ENTITY_TYPES,
  entityTypeOf,
  RELATIONSHIP_TYPES,
  TAPIO_OUTCOMES,
  TAPIO_SEVERITIES,
} from "../model/vocabulary.js";
import {
  copyJson,
  isObject,
  type JsonObject,
  listAt,
  messageAt,
  nameAt,
  objectAt,
  pick,
  textsAt,
  wholeAt,
} from "./json.js";

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

/**
 * An event that came from TAPIO, AHTI, POLKU or KULTA, or from our own encoders. All texts are bounded as those of our
 * events and free of credentials; what isn't known is absent.
 */
export interface ForeignEvent {
  readonly id: string;
  /** Milliseconds since the Unix epoch, whole. */
  readonly timestamp: number;
  /** Which program it says it comes from. */
  readonly source?: string;
  /** As sent, such as `kernel.network.connection_refused`; of a TapioEvent one of TAPIO's types, such as `network`. */
  readonly type: string;
  /** Of TapioEvents only. */
  readonly subtype?: string;
  /** `info` where the event says none that is known. */
  readonly severity: "debug" | "info" | "warning" | "error" | "critical";
  /** `unknown` where the event says none that is known. */
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
  readonly error?: { readonly code?: string; readonly message?: string };
  readonly pid?: number;
  readonly connection?: ForeignConnection;
  /** At most 128. */
  readonly labels: Readonly<Record<string, string>>;
  /** What else it carries, as JSON: at most 2,000 values, 8 levels deep. */
  readonly data?: unknown;
  /** The event of ours that it was made of, where it carries one. */
  readonly origin?: AluminiEvent;
}

/** What the parsers return. */
export type ForeignResult =
  | { readonly ok: true; readonly event: ForeignEvent }
  | { readonly ok: false; readonly error: WireError };

/** Seconds, milliseconds, microseconds or nanoseconds: told apart by size, which holds from 1973 to 5138. */
const UNITS = [
  { least: 1e17, perMs: 1e6 },
  { least: 1e14, perMs: 1e3 },
  { least: 1e11, perMs: 1 },
  { least: 1e8, perMs: 1e-3 },
] as const;
const DATE_TIME = /^\d{4}-\d\d-\d\d[T ][\d:.]{5,40}(?:Z|[+-]\d\d:?\d\d)$/i;

/** The 64 keys are more than any dialect sends; POLKU uses one. */
const MAX_KEYS = 64;

/** Parses text where there is text, and turns all that can go wrong into a result. */
export function read(json: unknown, parse: (value: JsonObject) => ForeignResult): ForeignResult {
  try {
    if (typeof json === "string" && json.length > LIMITS.wireText) {
      return refuse("", `is longer than ${LIMITS.wireText} characters`);
    }
    const value: unknown = typeof json === "string" ? JSON.parse(json) : json;
    return isObject(value) ? parse(value) : refuse("", "must be an object");
  } catch (error) {
    // Text that is no JSON, or an object whose getters or proxy traps throw.
    return refuse("", error instanceof SyntaxError ? "is not JSON" : "can't be read");
  }
}

/** The fields that all forms have, in places and words that differ. `context` and `data` are the event itself there. */
export function readCommon(value: JsonObject, context: JsonObject, data: JsonObject): ForeignResult {
  const id = nameAt(value, "id");
  if (id === undefined) return refuse("/id", "must be a text of 1 character or more");
  const timestamp = timeOf(pick(value, "timestamp", "time"));
  if (timestamp === undefined) return refuse("/timestamp", "must be an RFC 3339 time, or a number since 1970");
  const type = nameAt(value, "type");
  if (type === undefined) return refuse("/type", "must be a text of 1 character or more");
  const labels = textsAt(value, "labels");
  const optional = {
    source: nameAt(value, "source"),
    subtype: nameAt(value, "subtype"),
    clusterId: nameAt(context, "cluster", "cluster_id", "clusterId"),
    namespace: nameAt(context, "namespace"),
    node: nameAt(context, "node"),
    traceId: nameAt(context, "trace_id", "traceId"),
    spanId: nameAt(context, "span_id", "spanId"),
    durationUs: wholeAt(value, Number.MAX_SAFE_INTEGER, "duration_us", "durationUs", "duration"),
    error: errorOf(pick(value, "error")),
    pid: pidOf(value, data),
    connection: connectionOf(labels, objectAt(value, "network_data", "networkData", "network"), data),
    origin: originOf(data),
  };
  return {
    ok: true,
    event: {
      id,
      timestamp,
      type,
      severity: severityOf(pick(value, "severity")),
      outcome: outcomeOf(pick(value, "outcome")),
      entities: listAt(context, "entities", LIMITS.resources).flatMap(entityOf),
      relationships: relationshipsOf(value, data),
      correlationKeys: correlationKeysOf(pick(context, "correlation_keys", "correlationKeys")),
      labels,
      ...withoutUnknown(optional),
    },
  };
}

/** The event with what else it carried. */
export function withData(result: ForeignResult, data: unknown): ForeignResult {
  if (!result.ok || data === undefined) return result;
  return { ok: true, event: { ...result.event, data: copyJson(data) } };
}

function withoutUnknown<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const known: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const key of keysOf(fields)) {
    const value = fields[key];
    if (isKnown(value)) known[key] = value;
  }
  return known;
}

function keysOf<T extends object>(fields: T): (keyof T)[] {
  // A literal of this file: it has no keys but those of its type.
  return Object.keys(fields) as (keyof T)[];
}

function isKnown<V>(value: V): value is Exclude<V, undefined> {
  return value !== undefined;
}

/** RFC 3339 with any number of digits, or a number in any usual unit; whole milliseconds from 1970 on. */
function timeOf(value: unknown): number | undefined {
  let time = Number.NaN;
  if (typeof value === "string" && DATE_TIME.test(value)) time = Date.parse(value.replace(/(\.\d{3})\d+/, "$1"));
  if (typeof value === "number") {
    const unit = UNITS.find(({ least }) => value >= least);
    time = unit === undefined ? Number.NaN : value / unit.perMs;
  }
  // Of Protocol Buffers as some libraries print them.
  if (isObject(value)) time = (wholeAt(value, LIMITS.instant, "seconds") ?? Number.NaN) * 1000 + nanosOf(value) / 1e6;
  // Seconds with a fraction are not exact: a millisecond may come out just below itself.
  const whole = Math.floor(time + 0.001);
  return whole >= 0 && whole <= LIMITS.instant ? whole : undefined;
}

function nanosOf(value: JsonObject): number {
  return wholeAt(value, 999_999_999, "nanos") ?? 0;
}

function severityOf(value: unknown): ForeignEvent["severity"] {
  const word = enumWord(value, TAPIO_SEVERITIES);
  switch (word) {
    case "debug":
    case "warning":
    case "error":
    case "critical":
      return word;
    case "warn":
      return "warning";
    case "fatal":
      return "critical";
    default:
      return "info";
  }
}

function outcomeOf(value: unknown): ForeignEvent["outcome"] {
  const word = enumWord(value, TAPIO_OUTCOMES);
  switch (word) {
    case "success":
    case "failure":
    case "timeout":
      return word;
    // TAPIO and POLKU write it differently.
    case "in_progress":
    case "inprogress":
      return "in_progress";
    default:
      return "unknown";
  }
}

/** A word, a word with a prefix as `SEVERITY_ERROR`, or its number in AHTI's contract. */
export function enumWord(value: unknown, words: readonly string[]): string | undefined {
  if (typeof value === "number") return words[value];
  if (typeof value !== "string" || value.length > LIMITS.identifier) return undefined;
  return value.replace(/^(?:EVENT_TYPE|SEVERITY|OUTCOME|ENTITY_TYPE|RELATIONSHIP_TYPE)_/, "").toLowerCase();
}

function entityOf(value: unknown): ForeignEntity[] {
  const reference = referenceOf(value);
  if (reference === undefined || !isObject(value)) return [];
  const optional = {
    name: nameAt(value, "name"),
    namespace: nameAt(value, "namespace"),
    clusterId: nameAt(value, "cluster_id", "clusterId"),
  };
  return [{ ...reference, ...withoutUnknown(optional) }];
}

function referenceOf(value: unknown): { readonly type: string; readonly id: string } | undefined {
  if (!isObject(value)) return undefined;
  const type = enumType(pick(value, "kind", "type"));
  const id = nameAt(value, "id");
  return type === undefined || id === undefined ? undefined : { type, id };
}

function enumType(value: unknown): string | undefined {
  const word = nameAt({ word: enumWord(value, ENTITY_TYPES) }, "word");
  return word === undefined ? undefined : entityTypeOf(word);
}

function relationshipsOf(value: JsonObject, data: JsonObject): ForeignRelationship[] {
  const own = listAt(value, "relationships", LIMITS.resources);
  const listed = own.length > 0 ? own : listAt(data, "relationships", LIMITS.resources);
  return listed.flatMap((item) => {
    if (!isObject(item)) return [];
    const type = nameAt({ word: enumWord(pick(item, "type"), RELATIONSHIP_TYPES) }, "word");
    const source = referenceOf(pick(item, "source"));
    const target = referenceOf(pick(item, "target"));
    return type === undefined || source === undefined || target === undefined ? [] : [{ type, source, target }];
  });
}

/** Texts, as TAPIO and POLKU write them; or pairs in any of the ways in which a library may serialise them. */
function correlationKeysOf(value: unknown): string[] {
  const items = Array.isArray(value)
    ? value.slice(0, MAX_KEYS)
    : isObject(value)
      ? Object.entries(value).slice(0, MAX_KEYS)
      : [];
  return items.flatMap((item) => {
    if (typeof item === "string") return nameAt({ item }, "item") ?? [];
    const [key, text] = Array.isArray(item)
      ? item
      : isObject(item)
        ? [pick(item, "key", "name"), pick(item, "value", "id")]
        : [];
    const pair = nameAt({ key }, "key");
    const named = nameAt({ text: typeof text === "number" ? String(text) : text }, "text");
    return pair === undefined || named === undefined ? [] : `${pair}:${named}`;
  });
}

function errorOf(value: unknown): ForeignEvent["error"] {
  if (typeof value === "string") return errorOf({ message: value });
  if (!isObject(value)) return undefined;
  const error = withoutUnknown({
    code: nameAt(value, "code"),
    message: messageAt(value, "message", "what_failed", "whatFailed"),
  });
  return error.code === undefined && error.message === undefined ? undefined : error;
}

const PLACES_OF_PID = ["process_data", "process", "kernel_data", "kernel", "container_data", "container"] as const;

function pidOf(value: JsonObject, data: JsonObject): number | undefined {
  for (const place of [data, ...PLACES_OF_PID.map((key) => objectAt(value, key))]) {
    const pid = toPid(pick(place, "pid"));
    if (pid !== undefined) return pid;
  }
  return toPid(pick(objectAt(value, "labels"), "process.pid"));
}

/** From labels under OpenTelemetry's names, from TAPIO's typed data, and from what its kernel events carry. */
function connectionOf(...places: readonly JsonObject[]): ForeignConnection | undefined {
  const connection: ForeignConnection = Object.assign(
    {},
    ...places.map((place) =>
      withoutUnknown({
        sourceIp: nameAt(place, "src_ip", "srcIp"),
        sourcePort: wholeAt(place, 65_535, "src_port", "srcPort"),
        host: nameAt(place, "dst_host", "dstHost", "server.address"),
        ip: nameAt(place, "dst_ip", "dstIp", "network.peer.address"),
        port: wholeAt(place, 65_535, "dst_port", "dstPort", "network.peer.port", "server.port"),
      }),
    ),
  );
  return Object.keys(connection).length > 0 ? connection : undefined;
}

function originOf(data: JsonObject): AluminiEvent | undefined {
  const wire = pick(data, "alumiini");
  if (!isObject(wire)) return undefined;
  const result = parseWire(wire);
  return result.ok ? result.event : undefined;
}

export function refuse(path: string, message: string): ForeignResult {
  return { ok: false, error: { path, message: `${path === "" ? "the event" : path} ${message}` } };
}
