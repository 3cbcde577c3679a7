import { needProgram } from "@alumiini-internal/test-support/programs";
import { describe, expect, it } from "vitest";
import { type Chapter, objectionsTo } from "./scenario.js";

/** Days of simulated time are much work for promtool on a busy machine. */
const TIMEOUT_MS = 600_000;

/** A test for each scenario of a chapter. */
export function checkChapter({ title, scenarios }: Chapter): void {
  describe(title, () => {
    for (const scenario of scenarios) {
      it(
        scenario.situation,
        async (context) => {
          needProgram(context, "promtool");
          expect(await objectionsTo(scenario)).toEqual([]);
        },
        TIMEOUT_MS,
      );
    }
  });
}
