import { readdirSync, readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";

/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** An event type as the official schema has it. */
export interface OfficialType {
  /** `<subject>.<predicate>`. */
  readonly name: string;
  readonly version: string;
  readonly subjectType: string | undefined;
  readonly looseSources: boolean;
  readonly content: JsonSchema;
}

/** Reads the schemas of one version of the specification, by name. */
export function readTypes(directory: string): OfficialType[] {
  return readdirSync(`${directory}/schemas`)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => readType(JSON.parse(readFileSync(`${directory}/schemas/${file}`, "utf8"))));
}

function readType(schema: JsonSchema): OfficialType {
  const context = properties(part(schema, "properties", "context"));
  const subject = part(schema, "properties", "subject");
  const [type] = strings(record(context["type"])["enum"]);
  const match = /^dev\.cdevents\.([a-z]+\.[a-z]+)\.(\d+\.\d+\.\d+)$/.exec(type ?? "");
  if (match === null) throw new Error(`no event type: ${type}`);
  const [, name = "", version = ""] = match;
  const subjectType = record(properties(subject)["type"])["enum"];
  return {
    name,
    version,
    subjectType: subjectType === undefined ? undefined : strings(subjectType)[0],
    looseSources: record(context["source"])["format"] === undefined,
    content: record(properties(subject)["content"]),
  };
}

/** The properties of an object schema. */
export function properties(schema: JsonSchema): JsonSchema {
  return record(schema["properties"]);
}

/** The value, which must be an object. */
export function record(value: unknown): JsonSchema {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value));
}

/** The value, which must be an array of strings. */
export function strings(value: unknown): string[] {
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
    throw new Error(`not an array of strings: ${JSON.stringify(value)}`);
  }
  return value;
}

/** Whether two schemas are the same. */
export function same(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(one, other);
}

function part(schema: JsonSchema, ...path: string[]): JsonSchema {
  return path.reduce((at, key) => record(at[key]), schema);
}
