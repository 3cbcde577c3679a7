import type { AluminiEvent, AnyEvent, AppliedResource, AttributeValue } from "../event/event.js";
import { LIMITS } from "../event/limits.js";
import { attributeText, toAttributeName } from "../event/sanitize.js";
import { REDACTED } from "../redact/rule.js";
import { WIRE_ATTRIBUTES, WIRE_FIELDS } from "./fields.js";
import { fitsIn, readWireAttribute, readWireValue, type WireValue } from "./values.js";

/**
 * An event as JSON: exactly the keys of the ADR's struct, `null` for what isn't known, everything else in `attributes`
 * under OpenTelemetry names (ADR-004 section 1). `@alumiini/core/schema.json` is its JSON Schema.
 */
export interface WireEvent {
  readonly id: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly timestamp: string;
  readonly type: string;
  readonly severity: string;
  readonly outcome: string;
  readonly repo_name: string;
  readonly namespace: string;
  readonly cluster_id: string;
  readonly commit: string | null;
  readonly branch: string | null;
  readonly resources_applied: number | null;
  readonly duration_ms: number | null;
  readonly error_type: string | null;
  readonly error_message: string | null;
  readonly trigger: string | null;
  readonly attributes: Readonly<Record<string, AttributeValue | readonly AppliedResource[]>>;
}

/** What is wrong with what was to be an event. */
export interface WireError {
  /** JSON Pointer (RFC 6901) to the offending value; empty for the whole. At most 300 characters. */
  readonly path: string;
  readonly message: string;
}

/** What `parseWire` returns. */
export type WireResult =
  | { readonly ok: true; readonly event: AluminiEvent }
  | { readonly ok: false; readonly error: WireError };

const ATTRIBUTE_ENTRIES = /* @__PURE__ */ Object.entries(WIRE_ATTRIBUTES);

/**
 * The event in its wire form; give it to `JSON.stringify`. Never throws on an event that telemetry made. Custom
 * attributes that bear the name of one of our fields (`alumiini.sync.id`, `trace_id`, …) are left out.
 */
export function toWire(event: AluminiEvent): WireEvent {
  const fields: AnyEvent = event;
  const attributes: Record<string, AttributeValue | readonly AppliedResource[]> = {};
  for (const name in fields.attributes) {
    const value = fields.attributes[name];
    // A custom attribute that bears one of our names says nothing that the field would not.
    if (value !== undefined && !Object.hasOwn(WIRE_ATTRIBUTES, name)) attributes[name] = value;
  }
  for (const [name, { field }] of ATTRIBUTE_ENTRIES) {
    const value = fields[field];
    if (value !== undefined) attributes[name] = value;
  }
  return {
    id: fields.id,
    timestamp: new Date(fields.timestamp).toISOString(),
    type: fields.type,
    severity: fields.severity,
    outcome: fields.outcome,
    repo_name: fields.repoName,
    namespace: fields.namespace,
    cluster_id: fields.clusterId,
    commit: fields.commit ?? null,
    branch: fields.branch ?? null,
    resources_applied: fields.resourcesApplied ?? null,
    duration_ms: fields.durationMs ?? null,
    error_type: fields.errorType ?? null,
    error_message: fields.errorMessage ?? null,
    trigger: fields.trigger ?? null,
    attributes,
  };
}

/**
 * Reads an event from JSON text (at most 4 Mi characters) or from what `JSON.parse` made of it. Never throws, whatever
 * it is given; takes time and memory linear in the input. The event is frozen and free of credentials, as if emitted.
 */
export function parseWire(json: unknown): WireResult {
  try {
    if (typeof json !== "string") return parseStruct(json);
    if (json.length > LIMITS.wireText) return fail("", `is longer than ${LIMITS.wireText} characters`);
    return parseStruct(JSON.parse(json));
  } catch (error) {
    // Text that is no JSON, or an object whose getters or proxy traps throw.
    return fail("", error instanceof SyntaxError ? "is not JSON" : "can't be read");
  }
}

function parseStruct(value: unknown): WireResult {
  if (!isObject(value)) return fail("", "must be an object");
  const draft: Partial<Record<keyof AnyEvent, unknown>> = {};
  for (const key of Object.keys(value)) {
    if (key !== "attributes" && !Object.hasOwn(WIRE_FIELDS, key)) return fail(pointer(key), "is not a key of an event");
  }
  for (const [key, { field, kind, required = false }] of FIELD_ENTRIES) {
    const given = Object.hasOwn(value, key) ? value[key] : undefined;
    if (!required && isUnknown(given)) continue;
    const result = readWireValue(kind, given);
    if (!result.ok) return fail(pointer(key), `must be ${result.expected}`);
    if (result.value !== undefined) draft[field] = result.value;
    // It held nothing but a secret, or nothing to see.
    else if (required) draft[field] = REDACTED;
  }
  const attributes = Object.hasOwn(value, "attributes") ? value["attributes"] : undefined;
  const problem = attributes === undefined || attributes === null ? undefined : parseAttributes(attributes, draft);
  // Every field has been read as its kind; what an event must have was required.
  return problem ?? { ok: true, event: Object.freeze(draft) as AluminiEvent };
}

function parseAttributes(value: unknown, draft: Partial<Record<keyof AnyEvent, unknown>>): WireResult | undefined {
  if (!isObject(value)) return fail("/attributes", "must be an object");
  const custom: Record<string, unknown> = {};
  let count = 0;
  let room: number = LIMITS.attributesText;
  for (const [name, given] of Object.entries(value)) {
    const own = entryOf(WIRE_ATTRIBUTES, name);
    if (own === undefined && (name === "" || name === "__proto__" || !fitsIn(name, LIMITS.identifier))) {
      return fail(
        `/attributes${pointer(name)}`,
        `must have a name of 1 to ${LIMITS.identifier} characters, and not __proto__`,
      );
    }
    if (own === undefined ? given === null : isUnknown(given)) continue;
    if (own === undefined) room -= attributeText(name, given);
    if (room < 0) return fail("/attributes", `has more than ${LIMITS.attributesText} characters of custom attributes`);
    const result: WireValue = own === undefined ? readWireAttribute(name, given) : readWireValue(own.kind, given);
    if (!result.ok) return fail(`/attributes${pointer(name)}${result.path}`, `must be ${result.expected}`);
    if (own !== undefined) {
      if (result.value !== undefined) draft[own.field] = result.value;
    } else if (++count > LIMITS.attributes) {
      return fail("/attributes", `has more than ${LIMITS.attributes} custom attributes`);
    } else custom[toAttributeName(name) ?? REDACTED] = result.value;
  }
  if (count > 0) draft.attributes = Object.freeze(custom);
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isUnknown(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

type WireFieldTable = Readonly<
  Record<string, { field: keyof AnyEvent; kind: Parameters<typeof readWireValue>[0]; required?: boolean }>
>;

const FIELD_ENTRIES = /* @__PURE__ */ entriesOf(WIRE_FIELDS);

// @__NO_SIDE_EFFECTS__
function entriesOf(table: WireFieldTable) {
  return Object.entries(table);
}

function entryOf(table: WireFieldTable, name: string) {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** The last step of a JSON Pointer, bounded: the name may be anything. */
function pointer(key: string): string {
  const bounded = key.length > 256 ? `${key.slice(0, 255)}…` : key;
  return `/${bounded.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function fail(path: string, message: string): WireResult {
  return { ok: false, error: { path, message: `${path === "" ? "the event" : path} ${message}` } };
}
