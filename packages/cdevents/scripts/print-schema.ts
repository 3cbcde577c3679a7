import { type JsonSchema, properties, record, same, strings } from "./schema-reader.ts";

const REFERENCE = {
  properties: {
    id: { type: "string", minLength: 1 },
    source: { type: "string", minLength: 1, format: "uri-reference" },
  },
  additionalProperties: false,
  type: "object",
  required: ["id"],
};
const LOOSE_REFERENCE = {
  ...REFERENCE,
  properties: { id: { type: "string", minLength: 1 }, source: { type: "string" } },
};

/** The schemas that `src/spec/schema.ts` has a name for. */
const NAMED: readonly (readonly [name: string, schema: JsonSchema, type: string])[] = [
  ["REFERENCE", REFERENCE, "Reference"],
  ["LOOSE_REFERENCE", LOOSE_REFERENCE, "Reference"],
  ["TEXT", { type: "string" }, "string"],
  ["FULL_TEXT", { type: "string", minLength: 1 }, "string"],
  ["URI", { type: "string", format: "uri" }, "string"],
  ["FULL_URI", { type: "string", minLength: 1, format: "uri" }, "string"],
  ["FULL_URI_REFERENCE", { type: "string", minLength: 1, format: "uri-reference" }, "string"],
];
const KNOWN_KEYS = new Set(["type", "properties", "required", "additionalProperties", "enum", "items", "anyOf"]);

/** Prints a schema as an expression in our form, and a TypeScript type for it. Throws on what our form can't say. */
export function printSchema(given: JsonSchema): { readonly schema: string; readonly type: string } {
  // An example is a comment.
  const { example: _, ...schema } = given;
  const named = NAMED.find(([, known]) => same(known, schema));
  if (named !== undefined) return { schema: named[0], type: named[2] };
  const unknown = Object.keys(schema).filter((key) => !KNOWN_KEYS.has(key));
  if (unknown.length > 0) throw new Error(`the generator does not know ${unknown.join(", ")}`);
  if (schema["anyOf"] !== undefined) return printSuggestions(schema["anyOf"]);
  if (schema["type"] === "array") {
    const items = printSchema(record(schema["items"]));
    return { schema: `{ type: "array", items: ${items.schema} }`, type: `readonly ${items.type}[]` };
  }
  if (schema["type"] === "string") {
    const values = JSON.stringify(strings(schema["enum"]));
    return { schema: `{ type: "string", enum: ${values} }`, type: strings(schema["enum"]).map(quote).join(" | ") };
  }
  if (schema["type"] !== "object") throw new Error(`the generator does not know the type ${schema["type"]}`);
  return printObject(schema);
}

/** `anyOf` of some values and of any string: the values are suggestions only. */
function printSuggestions(alternatives: unknown): { readonly schema: string; readonly type: string } {
  const [values, any, ...others] = Array.isArray(alternatives) ? alternatives.map((item) => printSchema(item)) : [];
  if (values === undefined || any?.type !== "string" || others.length > 0) {
    throw new Error("the generator knows anyOf only with a list of values and any string");
  }
  return { schema: any.schema, type: `${values.type} | (string & {})` };
}

function printObject(schema: JsonSchema): { readonly schema: string; readonly type: string } {
  const required = schema["required"] === undefined ? [] : strings(schema["required"]);
  const fields = Object.entries(properties(schema)).map(([name, value]) => ({ name, ...printSchema(record(value)) }));
  const closed = schema["additionalProperties"] === false;
  const parts = [
    'type: "object"',
    fields.length > 0 ? `properties: { ${fields.map(({ name, schema }) => `${name}: ${schema}`).join(", ")} }` : "",
    required.length > 0 ? `required: ${JSON.stringify(required)}` : "",
    closed ? "closed: true" : "",
  ];
  const members = fields.map(({ name, type }) => `readonly ${name}${required.includes(name) ? "" : "?"}: ${type};`);
  return {
    schema: `{ ${parts.filter((text) => text !== "").join(", ")} }`,
    type: members.length > 0 ? `{ ${members.join(" ")} }` : "Readonly<Record<string, never>>",
  };
}

function quote(value: string): string {
  return JSON.stringify(value);
}
