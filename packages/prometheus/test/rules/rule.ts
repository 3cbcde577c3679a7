import { expect, it } from "vitest";
import { need } from "../need.js";
import { promtoolObjections, type RuleTest } from "./promtool.js";

/** A test that promtool decides. */
export function rule(name: string, make: () => Promise<RuleTest>): void {
  it(name, async (context) => {
    need(context, "promtool");
    expect(await promtoolObjections(await make())).toBe("");
  });
}
