import { expect, it } from "vitest";
import { launch, SMALL, WIDE } from "../browser.ts";
import { firstLoad } from "./first-load.ts";
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
    for (const size of [WIDE, SMALL]) {
      const { layoutShift, firstRows, rows } = await firstLoad(browser, history.url, size);
      // 0.1 is what Web Vitals call good.
      expect(layoutShift, `${size.width} px wide`).toBeLessThan(0.1);
      // The window is full at once; what is below it waits for its turn.
      expect(firstRows * 40).toBeGreaterThanOrEqual(size.height);
      expect(firstRows).toBeLessThan(rows);
    }
  } finally {
    await history.close();
    await browser.close();
  }
});
