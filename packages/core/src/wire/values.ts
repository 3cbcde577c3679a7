import type { AttributeValue } from "../event/event.js";
import { LIMITS } from "../event/limits.js";
import {
  resourceText,
  toAttribute,
  toIdentifier,
  toInstant,
  toLocation,
  toMessage,
  toResources,
  toSpanId,
  toTraceId,
} from "../event/sanitize.js";
import { EVENT_TYPES } from "../event/taxonomy.js";
import { OUTCOMES, PROVIDERS, SEVERITIES, TRIGGERS } from "../event/vocabulary.js";
import type { WireKind } from "./fields.js";

/** A value read, or what it should have been and where. */
export type WireValue =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly path: string; readonly expected: string };

const RFC_3339 = /^(\d{4}-\d{2}-(\d{2}))T((?:[01]\d|2[0-3]):\d{2}):(\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i;

const DAY_MS = 86_400_000;

/** Reads one field. Unlike `emit`, which makes values fit, it refuses what is out of bounds. */
export function readWireValue(kind: WireKind, value: unknown): WireValue {
  switch (kind) {
    case "identifier":
      return readText(value, LIMITS.identifier, toIdentifier);
    case "location":
      return readText(value, LIMITS.location, toLocation);
    case "message":
      return readText(value, LIMITS.message, toMessage);
    case "count":
      return Number.isSafeInteger(value) && Number(value) >= 0 ? read(value) : expected("a whole number, 0 or more");
    case "instant":
      return Number.isInteger(value) && toInstant(value) !== undefined
        ? read(value)
        : expected(`whole milliseconds since the Unix epoch, at most ${LIMITS.instant}`);
    case "timestamp":
      return readTimestamp(value);
    case "type":
      return readOneOf(value, EVENT_TYPES);
    case "severity":
      return readOneOf(value, SEVERITIES);
    case "outcome":
      return readOneOf(value, OUTCOMES);
    case "trigger":
      return readOneOf(value, TRIGGERS);
    case "provider":
      return readOneOf(value, PROVIDERS);
    case "traceId":
      return readHexId(toTraceId(value), 32);
    case "spanId":
      return readHexId(toSpanId(value), 16);
    case "resources":
      return readResources(value);
  }
}

/** Reads the custom attribute `name`. */
export function readWireAttribute(name: string, value: unknown): WireValue {
  const fits = typeof value === "string" ? fitsIn(value, LIMITS.attributeValue) : fitsArray(value);
  const copy: AttributeValue | undefined = fits ? toAttribute(name, value) : undefined;
  return copy === undefined
    ? expected(
        `a string of at most ${LIMITS.attributeValue} characters, a number, a boolean, or at most ${LIMITS.attributeElements} of one of them`,
      )
    : read(copy);
}

function fitsArray(value: unknown): boolean {
  if (!Array.isArray(value)) return true;
  return (
    value.length <= LIMITS.attributeElements &&
    value.every((item) => typeof item !== "string" || fitsIn(item, LIMITS.attributeValue))
  );
}

function readText(value: unknown, limit: number, sanitize: (text: string) => string | undefined): WireValue {
  if (typeof value !== "string" || value === "" || !fitsIn(value, limit)) {
    return expected(`a string of 1 to ${limit} characters`);
  }
  // A foreign producer's secrets are removed as our own callers' are; a text that was nothing else is gone.
  return read(sanitize(value));
}

function readTimestamp(value: unknown): WireValue {
  const time = typeof value === "string" ? parseTime(value) : Number.NaN;
  return time >= 0 ? read(time) : expected("an RFC 3339 date and time from 1970 on");
}

/** Milliseconds since the Unix epoch, whole. `Date.parse` alone takes 30 February, and no leap second. */
function parseTime(text: string): number {
  // As most write it: a text that comes out as it went in is a day that exists, and no leap second.
  const usual = text.length === 24 ? Date.parse(text) : Number.NaN;
  if (usual >= 0 && new Date(usual).toISOString() === text) return usual;
  const [, date, day, minutes, seconds, fraction = "", zone] = RFC_3339.exec(text) ?? [];
  const isLeap = seconds === "60";
  const time = Date.parse(`${date}T${minutes}:${isLeap ? "59" : seconds}${fraction.slice(0, 4)}${zone?.toUpperCase()}`);
  const dayExists = new Date(`${date}T00:00Z`).getUTCDate() === Number(day);
  if (!dayExists || !isLeap) return dayExists ? time : Number.NaN;
  // A leap second is the last of a day in UTC; the Unix epoch counts it as the first of the next.
  return time % DAY_MS >= DAY_MS - 1000 ? time + 1000 : Number.NaN;
}

function readOneOf(value: unknown, allowed: readonly string[]): WireValue {
  return typeof value === "string" && allowed.includes(value) ? read(value) : expected(`one of ${allowed.join(", ")}`);
}

function readHexId(id: string | undefined, digits: 16 | 32): WireValue {
  return id === undefined ? expected(`${digits} lower-case hexadecimal digits, not all zero`) : read(id);
}

function readResources(value: unknown): WireValue {
  if (!Array.isArray(value) || value.length > LIMITS.resources) {
    return expected(`an array of at most ${LIMITS.resources} objects`);
  }
  for (const [index, item] of value.entries()) {
    const problem = checkResource(item);
    if (problem !== undefined)
      return { ok: false, path: `/${index}${problem}`, expected: "{ kind, name, namespace?, uid? }, all strings" };
  }
  return value.reduce((sum, item) => sum + resourceText(item), 0) <= LIMITS.resourcesText
    ? read(toResources(value))
    : expected(`objects of at most ${LIMITS.resourcesText} characters together`);
}

/** Returns where the object is wrong. */
function checkResource(item: unknown): string | undefined {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return "";
  for (const required of ["kind", "name"]) if (!Object.hasOwn(item, required)) return `/${required}`;
  for (const [key, value] of Object.entries(item)) {
    const known = key === "kind" || key === "name" || key === "namespace" || key === "uid";
    if (!known || typeof value !== "string" || value === "" || !fitsIn(value, LIMITS.identifier)) return `/${key}`;
  }
  return undefined;
}

/** JSON Schema counts code points, JavaScript counts UTF-16 units: the schema's count decides. */
export function fitsIn(text: string, limit: number): boolean {
  return text.length <= limit || (text.length <= limit * 2 && [...text].length <= limit);
}

function read(value: unknown): WireValue {
  return { ok: true, value };
}

function expected(what: string): WireValue {
  return { ok: false, path: "", expected: what };
}
