import { beforeAll, describe, expect, it } from "vitest";
import { evaluateInPage, findChromium } from "../src/chromium.js";
import { buildProgram, bundleForBrowsers, COMMANDS, type Runtime, runIn } from "../src/run-in.js";

/** Expects the same result of `src/scenarios/<name>.ts` in each runtime that runs programs. */
export function sameOnServers<Result>(name: string, expected: Result, denoFlags: readonly string[] = []): void {
  describe("is the same in", () => {
    let program: string;

    beforeAll(async () => {
      program = await buildProgram(name);
    });

    it.each(Object.keys(COMMANDS) as Runtime[])("%s", async (runtime) => {
      expect(await runIn(runtime, program, runtime === "Deno" ? denoFlags : [])).toEqual(expected);
    });
  });
}

/** Expects the same result of `src/scenarios/<name>.ts` everywhere, browsers included. */
export function sameEverywhere<Result>(name: string, expected: Result): void {
  sameOnServers(name, expected);

  it("is the same in Chromium", async (context) => {
    const chromium = findChromium();
    if (chromium === undefined) return context.skip("no chromium on PATH (apt-get install chromium)");
    const script = await bundleForBrowsers(name);
    expect(await evaluateInPage(chromium, script, "globalThis.result")).toEqual(expected);
  });
}
