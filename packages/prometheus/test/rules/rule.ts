import { needProgram } from "@alumiini-internal/test-support/programs";
import { expect, it } from "vitest";
import { promtoolObjections, type RuleTest } from "./promtool.js";

/** Promtool computes hours of simulated time; on a machine that is busy with other tests it takes its time. */
const TIMEOUT_MS = 120_000;

/** A test that promtool decides. */
export function rule(name: string, make: () => Promise<RuleTest>): void {
  it(
    name,
    async (context) => {
      needProgram(context, "promtool");
      expect(await promtoolObjections(await make())).toBe("");
    },
    TIMEOUT_MS,
  );
}
