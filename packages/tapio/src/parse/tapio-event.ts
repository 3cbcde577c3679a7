import { TAPIO_TYPES } from "../model/vocabulary.js";
import type { ForeignResult } from "./foreign-event.js";
import { isObject, type JsonObject, pick } from "./json.js";
import { read, readCommon, withData } from "./read.js";
import { enumWord } from "./values.js";

/** The typed data of the two forms: at most one is there. */
const DATA_KEYS = [
  ["network_data", "network"],
  ["kernel_data", "kernel"],
  ["container_data", "container"],
  ["k8s_data", "k8s"],
  ["process_data", "process"],
  ["scheduling_data", "resource"],
] as const;

/**
 * Reads a TapioEvent or an ObserverEvent of TAPIO, or an AhtiEvent in the JSON of Protocol Buffers (names in either
 * spelling, enumerations by name or number), alone or in a structured CloudEvent: from JSON text (at most 4 Mi characters)
 * or from what `JSON.parse` made of it. Only an id, a time and a type are required; other fields may be missing, and are
 * left out where they have the wrong kind. Never throws; takes time and memory linear in the input.
 */
export function parseTapioEvent(json: unknown): ForeignResult {
  return read(json, (value) => {
    const type = enumWord(pick(value, "type"), TAPIO_TYPES);
    // The fields stand at the top, where an occurrence has a context.
    return withData(readCommon({ ...value, type }, value, {}), typedDataOf(value));
  });
}

function typedDataOf(value: JsonObject): unknown {
  const found: Record<string, unknown> = {};
  for (const [name, short] of DATA_KEYS) {
    const data = pick(value, name, short);
    if (isObject(data)) found[short] = data;
  }
  return Object.keys(found).length > 0 ? found : undefined;
}
