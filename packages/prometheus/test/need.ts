import type { TestContext } from "vitest";
import { isInstalled } from "./prometheus-server.js";

/** Skips the test where the tool is missing; on CI, where it must not be missing, fails. */
export function need(context: TestContext, program: string): void {
  if (isInstalled(program)) return;
  if (process.env["CI"] === "true") throw new Error(`${program} is not installed`);
  context.skip(`${program} is not installed`);
}
