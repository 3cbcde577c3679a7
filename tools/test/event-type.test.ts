import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { TAXONOMY_FILE, tryEventType } from "../src/event-type-trial.ts";

const directory = mkdtempSync(join(tmpdir(), "event-type-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** The row that a new type needs. */
const ROW = `  sync_postponed: {
    ...ended,
    operation: "sync",
    phase: "event",
    when: "Sync is put off",
    fields: ["workerId"],
    required: ["workerId"],
    phrase: { subject: "Sync of", verb: "postponed" },
  },`;

/** Files that the compiler refuses until somebody has decided what a new type means there. */
const DECISIONS = new Map([
  ["packages/core/src/metrics/repository-state.ts", "what it says about where the repository stands"],
]);

/** Uses the new type as its users would; it is not there for the compiler of this repository. */
const PROGRAM = `
import { channel } from "node:diagnostics_channel";
import { cdevents } from "@alumiini/cdevents";
import { createTelemetry, parseWire, toWire } from "@alumiini/core";
import { diagnosticsChannelSubscriber } from "@alumiini/core/node";
import { recordEvents, sampleEvents } from "@alumiini/core/testing";
import { describe } from "./node_modules/@alumiini/pino-bridge/dist/messages.js";
import { wireSchema } from "./node_modules/@alumiini/core/dist/wire/schema.js";

const type = "sync_postponed";
const telemetry = createTelemetry({ clusterId: "prod" });
const recorder = recordEvents();
telemetry.subscribe({ ...recorder, types: [type] });
telemetry.subscribe(diagnosticsChannelSubscriber());
let published = 0;
channel("alumiini:sync:postponed").subscribe(() => published++);
telemetry.emit(type, { repoName: "shop", namespace: "team-a", workerId: "w-1" });
const [event] = recorder.events;
const parsed = parseWire(JSON.stringify(toWire(event)));
export default {
  fields: [event.type, event.severity, event.outcome, event.workerId],
  survivesTheWire: JSON.stringify(parsed.event) === JSON.stringify(event),
  isInTheSchema: wireSchema().properties.type.enum.includes(type),
  samples: sampleEvents().filter((sample) => sample.type === type).length > 0,
  published,
  sentence: describe(event),
  cdevent: cdevents({ profile: "0.5.1" })(event).map((cloudEvent) => cloudEvent.type),
};
`;

describe("a new event type", () => {
  const trial = tryEventType(ROW);

  it(`is added in ${TAXONOMY_FILE}; elsewhere the compiler asks for decisions, and nothing else breaks`, () => {
    for (const file of trial.decisions) expect(DECISIONS.has(file), `${file} had to change`).toBe(true);
  });

  it("is emitted, on the wire, in the schema, the samples, the log and CDEvents, and on a channel", async () => {
    trial.emitInto(directory);
    const program = join(directory, "program.mjs");
    writeFileSync(program, PROGRAM);
    const { default: result }: { readonly default: unknown } = await import(/* @vite-ignore */ program);
    expect(result).toEqual({
      fields: ["sync_postponed", "info", "success", "w-1"],
      survivesTheWire: true,
      isInTheSchema: true,
      samples: true,
      published: 1,
      sentence: "Sync of shop postponed",
      cdevent: ["dev.cdeventsx.alumiini-sync.postponed.0.1.0"],
    });
  });
});
