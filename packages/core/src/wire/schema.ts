import { LIMITS } from "../event/limits.js";
import { EVENT_TYPES } from "../event/taxonomy.js";
import { OUTCOMES, PROVIDERS, SEVERITIES, TRIGGERS } from "../event/vocabulary.js";
import { WIRE_ATTRIBUTES, WIRE_FIELDS, type WireKind } from "./fields.js";

/** A JSON Schema, or a part of one. */
type Schema = { readonly [keyword: string]: unknown };

const text = (maxLength: number): Schema => ({ type: "string", minLength: 1, maxLength });

const SCHEMAS: { readonly [K in WireKind]: Schema } = {
  identifier: text(LIMITS.identifier),
  location: text(LIMITS.location),
  message: text(LIMITS.message),
  count: { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  instant: { type: "integer", minimum: 0, maximum: LIMITS.instant, description: "milliseconds since the Unix epoch" },
  timestamp: { type: "string", format: "date-time", description: "RFC 3339, from 1970 on" },
  type: { enum: EVENT_TYPES },
  severity: { enum: SEVERITIES },
  outcome: { enum: OUTCOMES },
  trigger: { enum: TRIGGERS },
  provider: { enum: PROVIDERS },
  traceId: { type: "string", pattern: "^(?!0+$)[0-9a-f]{32}$" },
  spanId: { type: "string", pattern: "^(?!0+$)[0-9a-f]{16}$" },
  resources: {
    type: "array",
    maxItems: LIMITS.resources,
    items: {
      type: "object",
      required: ["kind", "name"],
      properties: Object.fromEntries(["kind", "name", "namespace", "uid"].map((key) => [key, text(LIMITS.identifier)])),
      additionalProperties: false,
    },
  },
};

const attributeText: Schema = { type: "string", maxLength: LIMITS.attributeValue };
const arrayOf = (items: Schema): Schema => ({ type: "array", items, maxItems: LIMITS.attributeElements });

/** The JSON Schema of the wire form: what `parseWire` takes. It is shipped as `@alumiini/core/schema.json`. */
export function wireSchema(): Schema {
  const required = Object.entries(WIRE_FIELDS).filter(([, field]) => "required" in field);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "AluminiEvent",
    description: "An ALUMIINI event in its wire form (ADR-004 section 1)",
    type: "object",
    required: required.map(([key]) => key),
    properties: {
      ...Object.fromEntries(
        Object.entries(WIRE_FIELDS).map(([key, field]) => [
          key,
          "required" in field ? SCHEMAS[field.kind] : orUnknown(SCHEMAS[field.kind]),
        ]),
      ),
      attributes: {
        anyOf: [
          {
            type: "object",
            maxProperties: LIMITS.attributes + Object.keys(WIRE_ATTRIBUTES).length,
            propertyNames: { minLength: 1, maxLength: LIMITS.identifier, not: { const: "__proto__" } },
            properties: Object.fromEntries(
              Object.entries(WIRE_ATTRIBUTES).map(([key, { kind }]) => [key, orUnknown(SCHEMAS[kind])]),
            ),
            additionalProperties: {
              anyOf: [
                attributeText,
                { type: ["number", "boolean", "null"] },
                arrayOf(attributeText),
                arrayOf({ type: "number" }),
                arrayOf({ type: "boolean" }),
              ],
            },
          },
          { type: "null" },
        ],
      },
    },
    additionalProperties: false,
  };
}

/** `null` and the empty text both say that a field isn't known. */
function orUnknown(schema: Schema): Schema {
  return { anyOf: [schema, { enum: [null, ""] }] };
}
