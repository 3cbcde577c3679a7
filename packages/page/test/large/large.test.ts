import { expect, it } from "vitest";
import { launch } from "../browser.ts";
import { largeHistory } from "./large-history.ts";
import { walk } from "./walk.ts";

/** The short form of `test/chaos/million.chaos.ts`, where timings decide. */
it("walks through every view of a real history by keyboard, with few nodes and no fault", async (context) => {
  const browser = await launch();
  if (browser === undefined) return context.skip("no Chromium on the PATH");
  const history = await largeHistory(10_000, Date.now());
  try {
    const { faults, mostNodes, viewsMs } = await walk(browser, history.url);
    expect(faults).toEqual([]);
    expect(mostNodes).toBeLessThanOrEqual(3_000);
    expect(Object.keys(viewsMs)).toEqual(["timeline", "moment", "slo", "dora", "delivery", "fleet"]);
  } finally {
    await history.close();
    await browser.close();
  }
});
