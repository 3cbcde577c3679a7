import { isSecretName } from "../redact/assignment.js";
import { LOOK_AHEAD, type RedactKind, redactStart } from "../redact/redact.js";
import { REDACTED } from "../redact/rule.js";
import type { AppliedResource, Attributes, AttributeValue } from "./event.js";
import { LIMITS } from "./limits.js";
import { EVENT_TYPES } from "./taxonomy.js";
import { OUTCOMES, PROVIDERS, SEVERITIES, TRIGGERS } from "./vocabulary.js";

/**
 * Makes input fit for an event: of the right type, bounded, without credentials, and the emitter's
 * own copy. Returns `undefined` for what can't be made fit.
 */
export type Check<T = unknown> = (value: unknown) => T | undefined;

// @__NO_SIDE_EFFECTS__
function text(limit: number, kind: RedactKind): Check<string> {
  // Names, branches and URLs come again and again. Only what came through unchanged is kept, never what held a secret.
  const unchanged = new Set<string>();
  return (value) => {
    if (typeof value !== "string") return undefined;
    if (unchanged.has(value)) return value;
    const clean = redactStart(value, limit, kind);
    // Half a surrogate pair is no text: parsers elsewhere refuse the whole document.
    const fit = clean.toWellFormed();
    if (fit && fit === value && fit.length < 256) {
      if (unchanged.size > 500) unchanged.clear();
      unchanged.add(fit);
    }
    return fit || undefined;
  };
}

// @__NO_SIDE_EFFECTS__
function matching(pattern: RegExp): Check<string> {
  return (value) => (typeof value === "string" && pattern.test(value) ? value : undefined);
}

// @__NO_SIDE_EFFECTS__
function oneOf<T>(values: readonly T[]): Check<T> {
  return (value) => values.find((known) => known === value);
}

/**
 * Names, ids, commits, branches: text without credentials, cut to {@link LIMITS}`.identifier` characters; `undefined` for
 * what is no text, or empty. Every event's own have come through it.
 */
export const toIdentifier = text(LIMITS.identifier, "url");
export const toLocation = text(LIMITS.location, "url");
export const toMessage = text(LIMITS.message, "text");
const toAttributeText = text(LIMITS.attributeValue, "text");
export const toEventType = oneOf(EVENT_TYPES);
export const toSeverity = oneOf(SEVERITIES);
export const toOutcome = oneOf(OUTCOMES);
export const toTrigger = oneOf(TRIGGERS);
export const toProvider = oneOf(PROVIDERS);
export const toCacheResult = oneOf(["hit", "miss"]);
export const toBoolean = oneOf([true, false]);
/** W3C trace context: not all zero. */
export const toTraceId = matching(/^(?!0+$)[0-9a-f]{32}$/);
export const toSpanId = matching(/^(?!0+$)[0-9a-f]{16}$/);

export const toCount: Check<number> = (value) =>
  typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? Math.round(value) : undefined;

/** Milliseconds since the Unix epoch, whole. */
export const toInstant: Check<number> = (value) =>
  typeof value === "number" && value <= LIMITS.instant ? toCount(value) : undefined;

export const toResources: Check<readonly AppliedResource[]> = (value) => {
  if (!Array.isArray(value)) return undefined;
  const resources: AppliedResource[] = [];
  let room: number = LIMITS.resourcesText;
  for (const item of value.slice(0, LIMITS.resources)) {
    const cost = resourceText(item);
    if (cost > room) break;
    const resource = toResource(item);
    room -= Math.max(cost, resourceText(resource));
    if (room < 0) break;
    if (resource) resources.push(resource);
  }
  return Object.freeze(resources);
};

/** Characters that an object takes of {@link LIMITS}`.resourcesText`: those that are read of it. */
export function resourceText(resource: { readonly [K in keyof AppliedResource]?: unknown } | null | undefined): number {
  if (typeof resource !== "object" || resource === null) return 0;
  const { kind, name, namespace, uid } = resource;
  return [kind, name, namespace, uid].reduce<number>((sum, text) => {
    const read = readOf(text, LIMITS.identifier);
    return sum + (typeof text === "string" && /^[\w./-]*$/.test(text.slice(0, read)) ? read : 4 * read);
  }, 0);
}

/** Characters read of a text. */
function readOf(value: unknown, limit: number): number {
  return typeof value === "string" ? Math.min(value.length, limit + LOOK_AHEAD) : 0;
}

function toResource(
  value: Partial<Record<keyof AppliedResource, unknown>> | null | undefined,
): AppliedResource | undefined {
  const kind = toIdentifier(value?.kind);
  const name = toIdentifier(value?.name);
  const namespace = toIdentifier(value?.namespace);
  const uid = toIdentifier(value?.uid);
  return kind && name ? Object.freeze({ kind, name, ...(namespace && { namespace }), ...(uid && { uid }) }) : undefined;
}

/**
 * Custom attributes: plain values only. Left out is what isn't one, and what there is no room for
 * ({@link LIMITS}`.attributesText`).
 */
export const toAttributesCopy: Check<Attributes> = (value) => {
  const attributes: Record<string, AttributeValue> = {};
  let room: number = LIMITS.attributesText;
  for (const [given, item] of Object.entries(value ?? {}).slice(0, LIMITS.attributes)) {
    // Before the work of reading it, and after, as a mark can be longer than the secret.
    const cost = attributeText(given, item);
    if (cost > room) continue;
    const name = toAttributeName(given);
    const copy = toAttribute(given, item);
    const size = Math.max(cost, name === undefined || copy === undefined ? 0 : attributeText(name, copy));
    if (size > room) continue;
    room -= size;
    if (name !== undefined && copy !== undefined) attributes[name] = copy;
  }
  return Object.freeze(attributes);
};

/** Characters that an attribute takes of {@link LIMITS}`.attributesText`: those that are read of it. */
export function attributeText(name: string, value: unknown): number {
  const items = Array.isArray(value) ? value.slice(0, LIMITS.attributeElements) : [value];
  return items.reduce<number>(
    (sum, item) => sum + readOf(item, LIMITS.attributeValue),
    readOf(name, LIMITS.identifier),
  );
}

/** The name of a custom attribute. */
export const toAttributeName: Check<string> = (given) => {
  const name = toIdentifier(given);
  return name === "__proto__" ? undefined : name;
};

/** The value of the attribute `name`; the name may tell that it is a secret: `{ "db.password": "…" }`. */
export function toAttribute(name: string, value: unknown): AttributeValue | undefined {
  if (isSecretName(name) && typeof value !== "boolean") return REDACTED;
  // Array.from turns the holes of a sparse array into elements, which are then found unfit.
  const given = Array.isArray(value) ? Array.from(value.slice(0, LIMITS.attributeElements)) : [value];
  const items = given.map((item) => {
    if (typeof item === "string") return toAttributeText(item) ?? "";
    return typeof item === "boolean" || Number.isFinite(item) ? item : undefined;
  });
  // All of one type, and none unfit.
  if (!items.every((item) => item !== undefined && typeof item === typeof items[0])) return undefined;
  return Array.isArray(value) ? Object.freeze(items) : items[0];
}
