import { DEFAULT_SLOS, defineSlos, type SloOverrides, type Slos } from "../rules/slos.js";
import { UsageError } from "./arguments.js";

/**
 * Reads thresholds from JSON: any part of what the command `slos` prints.
 *
 * @throws {UsageError} for what is no JSON, an unknown name, or a value that can't be used.
 */
export function readSlos(text: string, source: string): Slos {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${source}: ${error instanceof Error ? error.message : "no JSON"}`);
  }
  checkShape(parsed, DEFAULT_SLOS, source);
  try {
    return defineSlos(parsed);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`${source}: ${error.message}`);
    throw error;
  }
}

/** Every name must be one of the template's, every value of its type. */
function checkShape(value: unknown, template: object, path: string): asserts value is SloOverrides {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UsageError(`${path} must be an object`);
  }
  const expected = new Map<string, unknown>(Object.entries(template));
  for (const [name, entry] of Object.entries(value)) {
    const like = expected.get(name);
    if (like === undefined) {
      throw new UsageError(`${path}: there is no ${name}; there are ${[...expected.keys()].join(", ")}`);
    }
    if (typeof like === "object" && like !== null) checkShape(entry, like, `${path}: ${name}`);
    else if (typeof entry !== "number") throw new UsageError(`${path}: ${name} must be a number`);
  }
}
