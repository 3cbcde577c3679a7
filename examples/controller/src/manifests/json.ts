import type { JsonObject, JsonValue } from "./kubernetes-object.js";

/** Nesting beyond this is refused. The deepest schemas in the wild stay far below. */
const MAX_DEPTH = 200;

/**
 * Checks that a parsed value is what JSON can hold, and returns it as such.
 *
 * @throws {TypeError} naming the path of what is not.
 */
export function toJson(value: unknown, path = "", depth = 0): JsonValue {
  if (depth > MAX_DEPTH) throw new TypeError(`${path.slice(0, 80)}…: nested more than ${MAX_DEPTH} deep`);
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((element, index) => toJson(element, `${path}[${index}]`, depth + 1));
  if (typeof value === "object") {
    // `fromEntries` defines properties: a key `__proto__` stays an ordinary one.
    const entries = Object.entries(value).map(([name, field]) => [name, toJson(field, `${path}.${name}`, depth + 1)]);
    return Object.fromEntries(entries);
  }
  throw new TypeError(`${path || "the document"}: ${String(value)} cannot be sent to a cluster`);
}

/** Whether a value is a mapping. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
