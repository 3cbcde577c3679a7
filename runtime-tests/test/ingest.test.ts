import { beforeAll, describe, expect, it } from "vitest";
import { evaluateInPage, findChromium } from "../src/chromium.js";
import type { IngestResult } from "../src/ingest.js";
import { buildProgram, bundleForBrowsers, COMMANDS, type Runtime, runIn } from "../src/run-in.js";

const EXPECTED: IngestResult = {
  statuses: [200, 200, 401, 200, 401],
  ids: ["01KDVDNA00GTX68XAR2CK6W9V3", "01KDVDNA00XQXWNG02GZP2Y1WG"],
  types: ["sync_completed", "sync_started"],
  balanced: true,
};

describe("deliveries are the same events in", () => {
  let program: string;

  beforeAll(async () => {
    program = await buildProgram("ingest-main");
  });

  it.each(Object.keys(COMMANDS) as Runtime[])("%s", async (runtime) => {
    expect(await runIn(runtime, program)).toEqual(EXPECTED);
  });

  it("Chromium", async (context) => {
    const chromium = findChromium();
    if (chromium === undefined) return context.skip("no chromium on PATH (apt-get install chromium)");
    const script = await bundleForBrowsers("ingest-browser");
    expect(await evaluateInPage(chromium, script, "globalThis.ingestResult")).toEqual(EXPECTED);
  });
});
