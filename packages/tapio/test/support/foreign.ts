import { type ForeignEvent, type ForeignResult, parseOccurrence, parseTapioEvent } from "../../src/index.js";

export const TIME = "2026-11-25T12:00:00.123Z";
export const AT = Date.parse(TIME);
export const LEAST = { id: "01J", timestamp: TIME, type: "kernel.network.connection_refused" };

export function readOf(result: ForeignResult): ForeignEvent {
  if (!result.ok) throw new Error(`refused: ${result.error.message}`);
  return result.event;
}

export const occurrenceOf = (fields: object): ForeignEvent => readOf(parseOccurrence({ ...LEAST, ...fields }));
export const tapioOf = (fields: object): ForeignEvent =>
  readOf(parseTapioEvent({ ...LEAST, type: "network", ...fields }));
