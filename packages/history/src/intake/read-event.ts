import { parseWire } from "@alumiini/core";
import { readCdevent } from "./cdevent.js";
import { readOccurrence, readTapio } from "./foreign.js";
import { at, isObject, type JsonObject, textAt } from "./json.js";
import { ownEvent, type ReadResult, refuse } from "./own-event.js";
import { readSuspension } from "./suspension.js";

/** Characters of one message. */
const MAX_TEXT = 4 * 1024 * 1024;

/**
 * Reads an event in any form: an AluminiEvent's wire form, a CDEvent of any version and profile (alone, or in a
 * CloudEvent), KULTA's, a TapioEvent, a FALSE occurrence. Takes JSON text, or what `JSON.parse` made of it. Never throws.
 */
export function readEvent(value: unknown): ReadResult {
  try {
    if (typeof value === "string") {
      if (value.length > MAX_TEXT) return refuse("too_large", `the message is longer than ${MAX_TEXT} characters`);
      return readEvent(JSON.parse(value));
    }
    if (!isObject(value)) return refuse("unknown_form", "the message must be a JSON object");
    return readObject(value);
  } catch (error) {
    // Text that is no JSON, or an object whose getters or proxy traps throw.
    if (error instanceof SyntaxError) return refuse("not_json", "the message is not JSON");
    return refuse("unreadable", "the message can't be read");
  }
}

function readObject(value: JsonObject): ReadResult {
  const suspension = readSuspension(value);
  if (suspension !== undefined) return { ok: true, event: suspension };
  if (at(value, "specversion") !== undefined && at(value, "id") !== undefined) return readCloudEvent(value);
  if (isObject(at(value, "headers")) && at(value, "body") !== undefined) return readEvent(at(value, "body"));
  if (isObject(at(value, "context")) && isObject(at(value, "subject"))) return readCdevent(value);
  if (at(value, "protocol_version") !== undefined || at(value, "context") !== undefined) return readOccurrence(value);
  if (at(value, "repo_name") !== undefined || at(value, "cluster_id") === undefined) return readWire(value);
  return readTapio(value);
}

/** A CloudEvent around a CDEvent, or around the wire form of an event. SDKs write bytes as base64, and text as text. */
function readCloudEvent(value: JsonObject): ReadResult {
  const bytes = textAt(value, "data_base64");
  const given = bytes === null ? at(value, "data") : Buffer.from(bytes, "base64").toString();
  const data: unknown = typeof given === "string" ? JSON.parse(given) : given;
  const read = isObject(data) ? readObject(data) : refuse("unknown_form", "/data must be a JSON object");
  if (read.ok) return read;
  return refuse(read.reason, `in a CloudEvent of type ${textAt(value, "type") ?? "unknown"}: ${read.message}`);
}

function readWire(value: JsonObject): ReadResult {
  // TAPIO's event without a cluster, and an occurrence without a context, have a type with dots or one of TAPIO's.
  const type = textAt(value, "type");
  if (type?.includes(".")) return readOccurrence(value);
  if (at(value, "entities") !== undefined || at(value, "subtype") !== undefined) return readTapio(value);
  const parsed = parseWire(value);
  return parsed.ok
    ? { ok: true, event: ownEvent(parsed.event, { form: "alumiini", rank: 0, messageId: parsed.event.id }) }
    : refuse("invalid_event", parsed.error.message);
}
