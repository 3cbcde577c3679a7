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

export function entityOf(value: unknown): ForeignEntity[] {
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

/** Texts, as TAPIO and POLKU write them; or pairs in any of the ways in which a library may serialise them. */
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
        ? [pick(item, "key", "name"), pick(item, "value", "id")]
        : [];
    const pair = nameAt({ key }, "key");
    const named = nameAt({ text: typeof text === "number" ? String(text) : text }, "text");
    return pair === undefined || named === undefined ? [] : `${pair}:${named}`;
  });
}

export function errorOf(value: unknown): ForeignEvent["error"] {
  if (typeof value === "string") return errorOf({ message: value });
  if (!isObject(value)) return undefined;
  const error = withoutUnknown({
    code: nameAt(value, "code"),
    message: messageAt(value, "message", "what_failed", "whatFailed"),
  });
  return error.code === undefined && error.message === undefined ? undefined : error;
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
