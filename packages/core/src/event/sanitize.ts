import type { AppliedResource, Attributes, AttributeValue } from "./event.js";
import { LIMITS } from "./limits.js";
import { REDACTED, redactText, redactUrl } from "./redact.js";
import { EVENT_TYPES } from "./taxonomy.js";
import { OUTCOMES, PROVIDERS, SEVERITIES, TRIGGERS } from "./vocabulary.js";

/**
 * Makes what comes in at the door fit for an event: of the right type, bounded, without credentials, and the emitter's
 * own copy. Answers `undefined` for what can't be made fit.
 */
export type Check<T = unknown> = (value: unknown) => T | undefined;

// @__NO_SIDE_EFFECTS__
function text(limit: number, redact = redactText): Check<string> {
  // Names, branches and URLs come again and again. Only what came through unchanged is kept, never what held a secret.
  const unchanged = new Set<string>();
  return (value) => {
    if (typeof value !== "string") return undefined;
    if (unchanged.has(value)) return value;
    // User information is known by its end, so a password that the limit would cut in two must still be whole.
    const clean = redact(value.slice(0, limit + 1300));
    const cut = clean.length > limit ? `${clean.slice(0, limit - 1)}…` : clean;
    // Half a surrogate pair is no text: parsers elsewhere refuse the whole document.
    const fit = cut.replace(/\p{Cs}/gu, "\ufffd");
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
export const toIdentifier = text(LIMITS.identifier, redactUrl);
export const toLocation = text(LIMITS.location, redactUrl);
export const toMessage = text(LIMITS.message);
const toAttributeText = text(LIMITS.attributeValue);
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

export const toResources: Check<readonly AppliedResource[]> = (value) =>
  Array.isArray(value) ? Object.freeze(value.slice(0, LIMITS.resources).flatMap(toResource)) : undefined;

function toResource(value: Partial<Record<keyof AppliedResource, unknown>> | null | undefined): AppliedResource[] {
  const kind = toIdentifier(value?.kind);
  const name = toIdentifier(value?.name);
  const namespace = toIdentifier(value?.namespace);
  const uid = toIdentifier(value?.uid);
  return kind && name ? [Object.freeze({ kind, name, ...(namespace && { namespace }), ...(uid && { uid }) })] : [];
}

/** Custom attributes: plain values only; what isn't one is left out. */
export const toAttributesCopy: Check<Attributes> = (value) => {
  const attributes: Record<string, AttributeValue> = {};
  for (const [given, item] of Object.entries(value ?? {}).slice(0, LIMITS.attributes)) {
    const name = toAttributeName(given);
    const copy = toAttribute(given, item);
    if (name !== undefined && copy !== undefined) attributes[name] = copy;
  }
  return Object.freeze(attributes);
};

/** The name of a custom attribute. */
export const toAttributeName: Check<string> = (given) => {
  const name = toIdentifier(given);
  return name === "__proto__" ? undefined : name;
};

/** The value of the attribute `name`; the name may tell that it is a secret: `{ "db.password": "…" }`. */
export function toAttribute(name: string, value: unknown): AttributeValue | undefined {
  if (redactText(`${name}=x`).endsWith(REDACTED)) return REDACTED;
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
