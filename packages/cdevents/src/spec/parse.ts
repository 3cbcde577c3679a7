import { type CdeventDefinition, customEvent, eventSchema, isCustomType } from "./definition.js";
import { DEFINITIONS } from "./generated/index.js";
import type { ObjectSchema } from "./schema.js";
import { typeNameOf } from "./type-names.js";
import type { Cdevent, CdeventName } from "./types.js";
import { type CdeventError, isObject, validate } from "./validate.js";
import type { SpecVersion } from "./version.js";

/** A CDEvent that was read. `name` and `specversion` tell what it is, and narrow `event`. */
export type ParsedCdevent<N extends CdeventName | "custom" = CdeventName | "custom"> = N extends unknown
  ? {
      [V in SpecVersion]: {
        readonly ok: true;
        readonly name: N;
        /** The version of the specification that defines the type; what the event itself says may differ. */
        readonly specversion: V;
        readonly event: Cdevent<N, V>;
      };
    }[SpecVersion]
  : never;

/** What was no CDEvent, and why: at least one error. */
export interface RefusedCdevent {
  readonly ok: false;
  readonly errors: readonly CdeventError[];
}

/** What a parser answers. */
export type CdeventResult<N extends CdeventName | "custom" = CdeventName | "custom"> =
  | ParsedCdevent<N>
  | RefusedCdevent;

/** Characters of JSON text that are read. */
const MAX_TEXT = 4 * 1024 * 1024;

interface Entry {
  readonly name: string;
  readonly specversion: SpecVersion;
  readonly schema: ObjectSchema;
}

/**
 * Makes a parser for some event types only, which keeps the schemas of the others out of your bundle.
 *
 * @example
 * ```ts
 * import { createCdeventParser, serviceDeployed, serviceUpgraded } from "@alumiini/cdevents";
 *
 * const parse = createCdeventParser([serviceDeployed, serviceUpgraded]);
 * ```
 */
export function createCdeventParser<N extends CdeventName | "custom">(
  definitions: readonly CdeventDefinition<N>[],
): (json: unknown) => CdeventResult<N> {
  const entries = new Map<string, Entry>();
  const versions = ["0.5.1", "0.4.1"] as const;
  for (const definition of definitions) {
    if (definition.name === customEvent.name) continue;
    for (const specversion of versions) {
      const type = typeNameOf(definition.name, specversion);
      entries.set(type, { name: definition.name, specversion, schema: eventSchema(definition, specversion, type) });
    }
  }
  const custom = definitions.some(({ name }) => name === customEvent.name);

  return (json) => {
    try {
      if (typeof json === "string" && json.length > MAX_TEXT) {
        return refuse("", `must have at most ${MAX_TEXT} characters`);
      }
      const value: unknown = typeof json === "string" ? JSON.parse(json) : json;
      if (!isObject(value)) return refuse("", "must be an object");
      const { context } = value;
      if (!isObject(context)) return refuse("/context", context === undefined ? "is missing" : "must be an object");
      const { type } = context;
      if (typeof type !== "string")
        return refuse("/context/type", type === undefined ? "is missing" : "must be a string");
      const entry = entries.get(type) ?? (custom && isCustomType(type) ? customEntry(type, context) : undefined);
      if (entry === undefined) return refuse("/context/type", "is no event type that is read here");
      const errors = validate(entry.schema, value);
      if (errors.length > 0) return { ok: false, errors };
      const parsed: unknown = { ok: true, name: entry.name, specversion: entry.specversion, event: value };
      // The schema of this very type and version has said so.
      return parsed as ParsedCdevent<N>;
    } catch (error) {
      // Text that is no JSON, or an object whose getters or proxy traps throw.
      return refuse("", error instanceof SyntaxError ? "must be JSON" : "can't be read");
    }
  };
}

/** A custom event is of 0.4.1 where it says its version as 0.4.1 did. */
function customEntry(type: string, context: Readonly<Record<string, unknown>>): Entry {
  const old = context["version"] !== undefined && context["specversion"] === undefined;
  const specversion = old ? "0.4.1" : "0.5.1";
  return { name: customEvent.name, specversion, schema: eventSchema(customEvent, specversion, type) };
}

function refuse(path: string, message: string): RefusedCdevent {
  return { ok: false, errors: [{ path, message }] };
}

let parseAny: ((json: unknown) => CdeventResult) | undefined;

/**
 * Reads a CDEvent of 0.4.1 or 0.5.1, custom events included, from JSON text (at most 4 Mi characters) or from what
 * `JSON.parse` made of it. Refuses exactly what the official schemas refuse. Never throws, whatever it is given; takes
 * time and memory linear in the input.
 *
 * @example
 * ```ts
 * import { parseCdevent } from "@alumiini/cdevents";
 *
 * const parsed = parseCdevent('{"context":{}}');
 * if (!parsed.ok) parsed.errors; // [{ path: "/context/type", message: "is missing" }]
 * else if (parsed.name === "service.deployed") parsed.event.subject.content.artifactId;
 * ```
 */
export function parseCdevent(json: unknown): CdeventResult {
  parseAny ??= createCdeventParser([...DEFINITIONS, customEvent]);
  return parseAny(json);
}
