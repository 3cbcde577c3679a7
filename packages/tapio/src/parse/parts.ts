import { type AluminiEvent, LIMITS, parseWire } from "@alumiini/core";
import { toPid } from "../model/options.js";
import { ENTITY_TYPES, entityTypeOf, RELATIONSHIP_TYPES } from "../model/vocabulary.js";
import type { ForeignConnection, ForeignEntity, ForeignEvent, ForeignRelationship } from "./foreign-event.js";
import {
  isObject,
  type JsonObject,
  listAt,
  messageAt,
  nameAt,
  objectAt,
  pick,
  wholeAt,
  withoutUnknown,
} from "./json.js";
import { enumWord } from "./values.js";

/** The most correlation keys that are kept; no known program sends more than five. */
const MAX_KEYS = 64;
/** The most causes of an error that are kept; no known program sends more than three. */
const MAX_CAUSES = 16;

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

export function relationshipsOf(value: JsonObject, data: JsonObject): ForeignRelationship[] {
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

/** Texts, as TAPIO and POLKU write them; `{ type, value }`, as KULTA does; or pairs as any library may serialise them. */
export function correlationKeysOf(value: unknown): string[] {
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
        ? [pick(item, "key", "name", "type"), pick(item, "value", "id")]
        : [];
    const pair = nameAt({ key }, "key");
    const named = nameAt({ text: typeof text === "number" ? String(text) : text }, "text");
    return pair === undefined || named === undefined ? [] : `${pair}:${named}`;
  });
}

export function errorOf(value: unknown): ForeignEvent["error"] {
  if (typeof value === "string") return errorOf({ message: value });
  if (!isObject(value)) return undefined;
  const causes = listAt(value, "possible_causes", MAX_CAUSES).flatMap((cause) => messageAt({ cause }, "cause") ?? []);
  const error = withoutUnknown({
    code: nameAt(value, "code"),
    message: messageAt(value, "message", "what_failed", "whatFailed"),
    whatFailed: messageAt(value, "what_failed", "whatFailed"),
    whyItMatters: messageAt(value, "why_it_matters"),
    possibleCauses: causes.length > 0 ? causes : undefined,
    suggestedFix: messageAt(value, "suggested_fix"),
  });
  return Object.keys(error).length > 0 ? error : undefined;
}

/** Microseconds; KULTA and NOPEA tell milliseconds, with the history of an occurrence. */
export function durationOf(value: JsonObject): number | undefined {
  const own = wholeAt(value, Number.MAX_SAFE_INTEGER, "duration_us", "durationUs", "duration");
  if (own !== undefined) return own;
  const told = wholeAt(objectAt(value, "history"), Math.floor(Number.MAX_SAFE_INTEGER / 1000), "duration_ms");
  return told === undefined ? undefined : told * 1000;
}

/** Those of the context; KULTA has them beside it. */
export function entitiesOf(value: JsonObject, context: JsonObject): ForeignEntity[] {
  const entities = listAt(context, "entities", LIMITS.resources);
  return (entities.length > 0 ? entities : listAt(value, "entities", LIMITS.resources)).flatMap(entityOf);
}

const PLACES_OF_PID = ["process_data", "process", "kernel_data", "kernel", "container_data", "container"] as const;

export function pidOf(value: JsonObject, data: JsonObject): number | undefined {
  for (const place of [data, ...PLACES_OF_PID.map((key) => objectAt(value, key))]) {
    const pid = toPid(pick(place, "pid"));
    if (pid !== undefined) return pid;
  }
  return toPid(pick(objectAt(value, "labels"), "process.pid"));
}

/** From labels under OpenTelemetry's names, from TAPIO's typed data, and from what its kernel events carry. */
export function connectionOf(...places: readonly JsonObject[]): ForeignConnection | undefined {
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

export function originOf(data: JsonObject): AluminiEvent | undefined {
  const wire = pick(data, "alumiini");
  if (!isObject(wire)) return undefined;
  const result = parseWire(wire);
  return result.ok ? result.event : undefined;
}
