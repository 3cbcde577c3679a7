import { redactText } from "@alumiini/core";

/** A JSON object of which nothing is known. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** How deep foreign JSON may be nested; what is deeper is left out. */
const MAX_DEPTH = 16;
/** Values of one foreign event that are kept; further ones are left out. */
const MAX_VALUES = 5000;
/** Characters of one text of a foreign event. */
const MAX_TEXT = 16_384;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An own property: names such as `constructor` find nothing. */
export function at(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** An own property that is a text of 1 character or more. */
export function textAt(value: unknown, key: string): string | null {
  const found = at(value, key);
  return typeof found === "string" && found !== "" ? found : null;
}

/** An own property that is a whole number. */
export function wholeAt(value: unknown, key: string): number | null {
  const found = at(value, key);
  return typeof found === "number" && Number.isSafeInteger(found) ? found : null;
}

/** A date and a time with a zone. Without one it would be a time of this machine's zone, which the sender does not know. */
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:?\d\d)$/;

/** Milliseconds since the Unix epoch, from those or from RFC 3339. */
export function timeAt(value: unknown, key: string): number | null {
  const found = at(value, key);
  const time = typeof found === "string" ? (RFC_3339.test(found) ? Date.parse(found) : null) : found;
  return typeof time === "number" && Number.isSafeInteger(time) && time >= 0 && time <= 8.64e15 ? time : null;
}

/**
 * A copy that can be stored: bounded, without credentials, without what JSON or a database can't hold (NUL, half
 * surrogate pairs). Also where a key tells that its value is a secret.
 */
export function cleanJson(value: unknown): unknown {
  return new Cleaner().clean(value, 0, "");
}

class Cleaner {
  #left = MAX_VALUES;

  clean(value: unknown, depth: number, name: string): unknown {
    if (this.#left-- <= 0) return undefined;
    if (typeof value === "string") return cleanText(name, value);
    if (typeof value === "number") return Number.isFinite(value) ? value : null;
    if (typeof value === "boolean" || value === null) return value;
    if (depth >= MAX_DEPTH) return undefined;
    if (Array.isArray(value)) {
      return value.slice(0, MAX_VALUES).flatMap((item) => this.clean(item, depth + 1, name) ?? []);
    }
    if (!isObject(value)) return undefined;
    const copy: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const item = this.clean(value[key], depth + 1, key);
      if (item !== undefined && key !== "__proto__") copy[wellFormed(key).slice(0, 256)] = item;
    }
    return copy;
  }
}

function cleanText(name: string, value: string): string {
  // As core recognizes secrets by the name of an attribute.
  if (name !== "" && value !== "" && redactText(`${name}=x`).endsWith("[redacted]")) return "[redacted]";
  return wellFormed(redactText(value.slice(0, MAX_TEXT)));
}

/** Without NUL, which PostgreSQL refuses, and half surrogate pairs, which are no text. */
export function wellFormed(text: string): string {
  return text.replaceAll("\u0000", "\ufffd").toWellFormed();
}
