import { beforeAll, describe, expect, it } from "vitest";
import { evaluateInPage, findChromium } from "../src/chromium.js";
import { buildProgram, bundleForBrowsers, COMMANDS, type Runtime, runIn } from "../src/run-in.js";
import type { ScenarioResult } from "../src/scenario.js";

const EXPECTED: ScenarioResult = {
  everyTypeArrived: true,
  idsAscend: true,
  timestampsAreNow: true,
  operations: [
    "sync_started, unknown, info, untimed, no error",
    "git_fetched, failure, error, timed, git_error",
    "sync_failed, failure, error, timed, git_error",
  ],
  rethrown: true,
  secretsLeft: 0,
  wireRoundTrips: 13,
  wireErrorPaths: ['refused at ""', 'refused at ""', 'refused at ""', 'refused at "/__proto__"'],
  failures: ["subscriber_failed", "dropped"],
  closing: ["flush false", "flush false", "close"],
};

describe("the core behaves the same in", () => {
  let program: string;

  beforeAll(async () => {
    program = await buildProgram("main");
  });

  it.each(Object.keys(COMMANDS) as Runtime[])("%s", async (runtime) => {
    expect(await runIn(runtime, program)).toEqual(EXPECTED);
  });

  it("Chromium", async (context) => {
    const chromium = findChromium();
    if (chromium === undefined) return context.skip("no chromium on PATH (apt-get install chromium)");
    const script = await bundleForBrowsers("browser");
    expect(await evaluateInPage(chromium, script, "globalThis.scenarioResult")).toEqual(EXPECTED);
  });
});
