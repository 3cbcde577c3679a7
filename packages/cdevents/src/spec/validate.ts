import { FORMAT_NAMES, FORMATS } from "./formats.js";
import type { ObjectSchema, Schema, TextSchema } from "./schema.js";

/** What is wrong with a CDEvent, and where. */
export interface CdeventError {
  /** JSON Pointer (RFC 6901) to the offending value; empty for the whole. At most 300 characters. */
  readonly path: string;
  /** What the value must be. Never holds the value itself. */
  readonly message: string;
}

/** Errors reported for one event at most. */
const MAX_ERRORS = 20;

type Errors = readonly CdeventError[];
const NONE: Errors = [];

/**
 * Checks a value against a schema and answers what is wrong, at most 20 errors. Takes time linear in the size of the
 * value, and goes no deeper into it than the schema does.
 */
export function validate(schema: Schema, value: unknown, path = ""): Errors {
  switch (schema.type) {
    case "string":
      return checkText(schema, value, path);
    case "object":
      return isObject(value) ? checkObject(schema, value, path) : wrong(path, "must be an object");
    case "array":
      if (!Array.isArray(value)) return wrong(path, "must be an array");
      return collect(value.entries(), ([index, item]) => validate(schema.items, item, `${path}/${index}`));
    case "choice": {
      if (!isObject(value)) return wrong(path, "must be an object");
      const key = value[schema.by];
      const chosen = typeof key === "string" && Object.hasOwn(schema.of, key) ? schema.of[key] : undefined;
      if (chosen !== undefined) return checkObject(chosen, value, path);
      return wrong(`${path}/${schema.by}`, `must be one of ${Object.keys(schema.of).join(", ")}`);
    }
    case "union":
      return schema.of.some((alternative) => validate(alternative, value, path).length === 0)
        ? NONE
        : wrong(path, `must be ${schema.expected}`);
  }
}

function checkText(schema: TextSchema, value: unknown, path: string): Errors {
  if (typeof value !== "string") return wrong(path, "must be a string");
  if (schema.minLength !== undefined && value === "") return wrong(path, "must not be empty");
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    return wrong(path, `must be ${schema.enum.length > 1 ? "one of " : ""}${schema.enum.join(", ")}`);
  }
  if (schema.format !== undefined && !FORMATS[schema.format](value)) {
    return wrong(path, `must be ${FORMAT_NAMES[schema.format]}`);
  }
  if (schema.pattern === undefined || schema.pattern.test(value)) return NONE;
  return wrong(path, `must match ${schema.pattern.source}`);
}

function checkObject(schema: ObjectSchema, value: Readonly<Record<string, unknown>>, path: string): Errors {
  const { properties = {}, required = [] } = schema;
  const missing = collect(required, (name) =>
    value[name] === undefined ? wrong(`${path}/${name}`, "is missing") : NONE,
  );
  const faults = collect(Object.keys(value), (name) => {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (property === undefined) {
      return schema.closed ? wrong(path + pointer(name), "is not a field of CDEvents here") : NONE;
    }
    return value[name] === undefined ? NONE : validate(property, value[name], `${path}/${name}`);
  });
  return missing.length === 0 ? faults : [...missing, ...faults].slice(0, MAX_ERRORS);
}

function collect<T>(items: Iterable<T>, check: (item: T) => Errors): Errors {
  let errors: CdeventError[] | undefined;
  for (const item of items) {
    const found = check(item);
    if (found.length === 0) continue;
    errors = [...(errors ?? []), ...found].slice(0, MAX_ERRORS);
    if (errors.length === MAX_ERRORS) break;
  }
  return errors ?? NONE;
}

/** An object that is no array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The last step of a JSON Pointer, bounded: the name may be anything. */
function pointer(name: string): string {
  const bounded = name.length > 200 ? `${name.slice(0, 199)}…` : name;
  return `/${bounded.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function wrong(path: string, message: string): Errors {
  return [{ path: path.slice(0, 300), message }];
}
