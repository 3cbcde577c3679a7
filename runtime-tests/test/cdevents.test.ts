import { beforeAll, describe, expect, it } from "vitest";
import type { CdeventsResult } from "../src/cdevents.js";
import { evaluateInPage, findChromium } from "../src/chromium.js";
import { buildProgram, bundleForBrowsers, COMMANDS, type Runtime, runIn } from "../src/run-in.js";

const EXPECTED: CdeventsResult = {
  definitions: 45,
  encoded: ["adr-004: 13, valid 9", "0.5.1: 16, valid 16", "0.4.1: 16, valid 16", "deployment-draft: 16, valid 13"],
  chains: 2,
  roundTrips: [true, true],
  refusedAt: ["", "/context", "/context/type", "/customData"],
};

describe("CDEvents are the same in", () => {
  let program: string;

  beforeAll(async () => {
    program = await buildProgram("cdevents-main");
  });

  it.each(Object.keys(COMMANDS) as Runtime[])("%s", async (runtime) => {
    expect(await runIn(runtime, program)).toEqual(EXPECTED);
  });

  it("Chromium", async (context) => {
    const chromium = findChromium();
    if (chromium === undefined) return context.skip("no chromium on PATH (apt-get install chromium)");
    const script = await bundleForBrowsers("cdevents-browser");
    expect(await evaluateInPage(chromium, script, "globalThis.cdeventsResult")).toEqual(EXPECTED);
  });
});
