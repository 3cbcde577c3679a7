import { LIMITS, redactText } from "@alumiini/core";
import { isSecretName, toIdentifier } from "@alumiini/core/adapter";

/** A JSON object from outside. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The most values that are kept of a foreign event's own data, nested ones included. */
const MAX_VALUES = 2000;
/** Twice what an event of ours may have as attributes: labels hold its fields besides. */
const MAX_TEXTS = 2 * LIMITS.attributes;
/** The deepest level of nesting that is kept. */
const MAX_DEPTH = 8;
/** Characters beyond a limit that are searched for secrets: a secret that is cut in two would not be recognised. */
const MARGIN = 1300;

const REDACTED = "[redacted]";

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object under a key; an empty one where there is none. */
export function objectAt(value: JsonObject, ...keys: readonly string[]): JsonObject {
  const found = pick(value, ...keys);
  return isObject(found) ? found : {};
}

/** The first items of the list under a key; none where there is no list. */
export function listAt(value: JsonObject, key: string, most: number): readonly unknown[] {
  const found = pick(value, key);
  return Array.isArray(found) ? found.slice(0, most) : [];
}

/** Returns the value of the first of these keys that has one: dialects name the same thing differently. `null` is none. */
export function pick(value: JsonObject, ...keys: readonly string[]): unknown {
  for (const key of keys) {
    if (Object.hasOwn(value, key) && value[key] !== null && value[key] !== undefined) return value[key];
  }
  return undefined;
}

/** A short text of the first key that has one, cut to `LIMITS.identifier` characters and free of credentials. */
export function nameAt(value: JsonObject, ...keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const found = toIdentifier(pick(value, key));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A text for people, as an error message of our own: cut to `LIMITS.message` characters and free of credentials. */
export function messageAt(value: JsonObject, ...keys: readonly string[]): string | undefined {
  const found = pick(value, ...keys);
  return typeof found === "string" && found !== "" ? cleanText(found, LIMITS.message) : undefined;
}

/** A whole number from 0 to `most`; numbers may come as text, as 64 bits do in the JSON of Protocol Buffers. */
export function wholeAt(value: JsonObject, most: number, ...keys: readonly string[]): number | undefined {
  const found = pick(value, ...keys);
  const number = typeof found === "string" && found.length <= 20 && found !== "" ? Number(found) : found;
  return typeof number === "number" && Number.isInteger(number) && number >= 0 && number <= most ? number : undefined;
}

/** A map of texts, as labels are; values that are numbers or booleans become text. At most 128 are kept. */
export function textsAt(value: JsonObject, key: string): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [given, item] of Object.entries(objectAt(value, key)).slice(0, MAX_TEXTS)) {
    const name = safeName(given);
    if (name === undefined) continue;
    if (namesSecret(given)) texts[name] = REDACTED;
    else if (typeof item === "string") texts[name] = cleanText(item, LIMITS.attributeValue);
    else if (typeof item === "number" || typeof item === "boolean") texts[name] = String(item);
  }
  return texts;
}

/** A bounded copy of foreign JSON without credentials. */
export function copyJson(value: unknown): unknown {
  let left = MAX_VALUES;
  const copy = (item: unknown, depth: number): unknown => {
    if (left-- <= 0 || depth > MAX_DEPTH) return undefined;
    if (typeof item === "string") return cleanText(item, LIMITS.attributeValue);
    // As JSON writes them: no infinity, no negative zero.
    if (typeof item === "number") return Number.isFinite(item) ? item + 0 : undefined;
    if (typeof item !== "object" || item === null) return typeof item === "boolean" || item === null ? item : undefined;
    if (Array.isArray(item)) {
      const items: unknown[] = [];
      for (const each of item) {
        if (left <= 0) break;
        // `null` in place of what is left out keeps the positions of the other items.
        items.push(copy(each, depth + 1) ?? null);
      }
      return items;
    }
    const fields: Record<string, unknown> = {};
    for (const [given, each] of Object.entries(item)) {
      if (left <= 0) break;
      const name = safeName(given);
      const copied = name === undefined ? undefined : namesSecret(given) ? REDACTED : copy(each, depth + 1);
      if (name !== undefined && copied !== undefined) fields[name] = copied;
    }
    return fields;
  };
  return copy(value, 0);
}

/** The fields that have a value. */
export function withoutUnknown<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
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

function cleanText(text: string, limit: number): string {
  const clean = redactText(text.slice(0, limit + MARGIN));
  return (clean.length > limit ? `${clean.slice(0, limit - 1)}…` : clean).toWellFormed();
}

function safeName(given: string): string | undefined {
  const name = toIdentifier(given);
  return name === "__proto__" ? undefined : name;
}

/** Whether the name alone says that the value is a secret, as in `{ "db.password": "…" }`. */
function namesSecret(name: string): boolean {
  return isSecretName(name);
}
