import { type AluminiEvent, createTelemetry } from "@alumiini/core";
import { ahtiEvent, occurrence, parseOccurrence, parseTapioEvent, tapioEvent } from "@alumiini/tapio";
import { emitEveryType } from "../every-type.js";

/** What the scenario answers, as JSON. */
export interface TapioResult {
  readonly types: readonly string[];
  readonly tapioRead: number;
  readonly ahtiRead: number;
  readonly originsRead: number;
  readonly managed: readonly string[];
  readonly refusedAt: readonly string[];
}

/** Encodes every event type in all three forms, and reads them again. */
export function scenario(): TapioResult {
  const telemetry = createTelemetry({ clusterId: "any-runtime" });
  const events: AluminiEvent[] = [];
  telemetry.subscribe({ name: "events", handle: (event) => void events.push(event) });
  emitEveryType(telemetry);

  const occurrences = events.map((event) => occurrence({ pid: 7 })(event)[0].data);
  const tapioEvents = events.map((event) => tapioEvent({ pid: 7 })(event)[0].data);
  const ahtiEvents = events.map((event) => ahtiEvent({ pid: 7 })(event)[0].data);
  const readTapio = (event: unknown) => parseTapioEvent(JSON.stringify(event)).ok;
  return {
    types: occurrences.map(({ type }) => type),
    tapioRead: tapioEvents.filter(readTapio).length,
    ahtiRead: ahtiEvents.filter(readTapio).length,
    originsRead: occurrences.filter((each) => {
      const result = parseOccurrence(JSON.stringify(each));
      return result.ok && result.event.origin?.id === each.id;
    }).length,
    managed: tapioEvents.flatMap(({ relationships }) =>
      relationships.map(({ type, source, target }) => `${source.id} ${type} ${target.id}`),
    ),
    refusedAt: ["{", "[]", "{}", '{"id":"1","timestamp":1}'].map((json) => {
      const result = parseOccurrence(json);
      return result.ok ? "read" : result.error.path;
    }),
  };
}
