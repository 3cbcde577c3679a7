import { beforeAll, describe, expect, it } from "vitest";
import { evaluateInPage, findChromium } from "../src/chromium.js";
import { buildProgram, bundleForBrowsers, COMMANDS, type Runtime, runIn } from "../src/run-in.js";
import type { TapioResult } from "../src/tapio.js";

const EXPECTED: TapioResult = {
  types: [
    "gitops.sync.started",
    "gitops.sync.completed",
    "gitops.sync.failed",
    "gitops.git.fetched",
    "gitops.git.cloned",
    "gitops.apply.started",
    "gitops.apply.completed",
    "gitops.apply.failed",
    "gitops.drift.detected",
    "gitops.drift.corrected",
    "gitops.worker.started",
    "gitops.worker.stopped",
    "gitops.webhook.received",
  ],
  tapioRead: 13,
  ahtiRead: 13,
  originsRead: 13,
  managed: ["prod/shop connects_to forge.example:443"],
  refusedAt: ["", "", "/id", "/timestamp"],
};

describe("TAPIO's forms are the same in", () => {
  let program: string;

  beforeAll(async () => {
    program = await buildProgram("tapio-main");
  });

  it.each(Object.keys(COMMANDS) as Runtime[])("%s", async (runtime) => {
    expect(await runIn(runtime, program)).toEqual(EXPECTED);
  });

  it("Chromium", async (context) => {
    const chromium = findChromium();
    if (chromium === undefined) return context.skip("no chromium on PATH (apt-get install chromium)");
    const script = await bundleForBrowsers("tapio-browser");
    expect(await evaluateInPage(chromium, script, "globalThis.tapioResult")).toEqual(EXPECTED);
  });
});
