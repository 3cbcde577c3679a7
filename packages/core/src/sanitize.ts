import type { AppliedResource, Attributes, AttributeValue } from "./event.js";
import { LIMITS } from "./limits.js";
import { isSecretName, REDACTED, redactText, redactUrl } from "./redact.js";

/**
 * What comes in at the door, made fit for an event: right type, bounded, without credentials, and the emitter's own
 * copy. Each answers `undefined` for what can't be made fit.
 */

export function toText(value: unknown, limit: number): string | undefined {
  if (typeof value !== "string" || value === "") return undefined;
  const redacted = redactText(value.length > limit * 2 ? value.slice(0, limit * 2) : value);
  return redacted.length > limit ? cut(redacted, limit) : redacted;
}

/** An identifier of at most `LIMITS.identifier` characters. */
export function toIdentifier(value: unknown): string | undefined {
  return toText(value, LIMITS.identifier);
}

/** A URL, path or key of at most `LIMITS.location` characters. */
export function toLocation(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const redacted = redactUrl(value.length > LIMITS.location * 2 ? value.slice(0, LIMITS.location * 2) : value);
  return redacted === "" ? undefined : cut(redacted, LIMITS.location);
}

export function toCount(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? Math.round(value) : undefined;
}

/** A W3C trace or span id of `digits` lower-case hexadecimal digits, not all zero. */
export function toHexId(value: unknown, digits: 16 | 32): string | undefined {
  if (typeof value !== "string" || value.length !== digits) return undefined;
  return /^[0-9a-f]+$/.test(value) && !/^0+$/.test(value) ? value : undefined;
}

export function toResources(value: unknown): readonly AppliedResource[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const resources: AppliedResource[] = [];
  for (const item of value.slice(0, LIMITS.resources)) {
    const resource = toResource(item);
    if (resource !== undefined) resources.push(resource);
  }
  return Object.freeze(resources);
}

function toResource(value: unknown): AppliedResource | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const source: Partial<Record<keyof AppliedResource, unknown>> = value;
  const kind = toIdentifier(source.kind);
  const name = toIdentifier(source.name);
  if (kind === undefined || name === undefined) return undefined;
  const namespace = toIdentifier(source.namespace);
  const uid = toIdentifier(source.uid);
  return Object.freeze({ kind, name, ...(namespace && { namespace }), ...(uid && { uid }) });
}

/** Custom attributes: plain values only; what isn't one is left out. */
export function toAttributesCopy(value: unknown): Attributes | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const attributes: Record<string, AttributeValue> = {};
  let count = 0;
  for (const [name, item] of Object.entries(value)) {
    if (!isAttributeName(name)) continue;
    const copy = toAttribute(name, item);
    if (copy === undefined) continue;
    if (++count > LIMITS.attributes) break;
    attributes[name] = copy;
  }
  return count === 0 ? undefined : Object.freeze(attributes);
}

export function isAttributeName(name: string): boolean {
  return name !== "" && name !== "__proto__" && name.length <= LIMITS.identifier;
}

/** The value of the attribute `name`; the name may tell that it is a secret: `{ "db.password": "…" }`. */
export function toAttribute(name: string, value: unknown): AttributeValue | undefined {
  const copy = toAttributeValue(value);
  return typeof copy === "string" && isSecretName(name) ? REDACTED : copy;
}

function toAttributeValue(value: unknown): AttributeValue | undefined {
  if (typeof value === "string") return value === "" ? "" : toText(value, LIMITS.attributeValue);
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value === "boolean") return value;
  if (!Array.isArray(value)) return undefined;
  const items: readonly unknown[] = value.slice(0, LIMITS.attributeElements);
  const texts = items.filter((item): item is string => typeof item === "string");
  if (texts.length === items.length)
    return Object.freeze(texts.map((text) => toText(text, LIMITS.attributeValue) ?? ""));
  const numbers = items.filter((item): item is number => typeof item === "number" && Number.isFinite(item));
  if (numbers.length === items.length) return Object.freeze(numbers);
  const booleans = items.filter((item): item is boolean => typeof item === "boolean");
  return booleans.length === items.length ? Object.freeze(booleans) : undefined;
}

function cut(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}
