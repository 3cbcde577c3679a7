import { nearestOf } from "@alumiini/core/adapter";
import { Ajv, type ErrorObject } from "ajv";
import schema from "../../schema/alumiini.json" with { type: "json" };
import type { Config } from "./types.js";

/** What is wrong with one part of a configuration. */
export interface Problem {
  readonly path: readonly string[];
  readonly text: string;
}

const ajv = new Ajv({ allErrors: true, verbose: true, strict: true, strictTypes: false });
ajv.addKeyword("x-expected");
const isConfig = ajv.compile<Config>(schema);

/** Returns the configuration, or what is wrong with it. Values are never shown: one may be a secret in the wrong place. */
export function validate(content: unknown): Config | readonly Problem[] {
  if (isConfig(content)) return content;
  return (isConfig.errors ?? []).map(problemOf).filter(isFirstOfItsPath);
}

function problemOf(error: ErrorObject): Problem {
  const path = error.instancePath.split("/").slice(1).map(unescapePointer);
  const { params, parentSchema, keyword } = error;
  if (keyword === "additionalProperties") {
    const name = String(params["additionalProperty"]);
    const known = Object.keys(Object(parentSchema?.["properties"]));
    const nearest = nearestOf(name, known);
    const advice = nearest === undefined ? `there are ${known.join(", ")}` : `did you mean ${nearest}?`;
    return { path: [...path, name], text: `is unknown; ${advice}` };
  }
  if (keyword === "required") return { path: [...path, String(params["missingProperty"])], text: "is missing" };
  return { path, text: `must be ${expected(error)}` };
}

function expected({ keyword, params, parentSchema }: ErrorObject): string {
  const said: unknown = parentSchema?.["x-expected"];
  if (typeof said === "string") return said;
  if (keyword === "enum") {
    const allowed: unknown = params["allowedValues"];
    return Array.isArray(allowed) ? `one of ${allowed.join(", ")}` : "another value";
  }
  const type: unknown = parentSchema?.["type"];
  return type === "boolean" ? "true or false" : type === "object" ? "a map of settings" : `a ${String(type)}`;
}

/** One line for each place: the first thing that is wrong there. */
function isFirstOfItsPath({ path }: Problem, index: number, all: readonly Problem[]): boolean {
  const key = path.join("/");
  return all.findIndex((other) => other.path.join("/") === key) === index;
}

function unescapePointer(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}
