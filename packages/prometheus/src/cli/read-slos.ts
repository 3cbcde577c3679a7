import { OptionError } from "@alumiini/core/adapter";
import { readSlos as parseSlos, type Slos } from "../rules/slos.js";
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
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new UsageError(`${source} must be an object`);
  }
  try {
    return parseSlos(parsed);
  } catch (error) {
    if (error instanceof OptionError) throw new UsageError(`${source}: ${error.message}`);
    throw error;
  }
}
