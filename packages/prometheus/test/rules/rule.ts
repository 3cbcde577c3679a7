import { needProgram } from "@alumiini-internal/test-support/programs";
import { expect, it } from "vitest";
import { promtoolObjections, type RuleTest } from "./promtool.js";

/** A test that promtool decides. */
export function rule(name: string, make: () => Promise<RuleTest>): void {
  it(name, async (context) => {
    needProgram(context, "promtool");
    expect(await promtoolObjections(await make())).toBe("");
  });
}
