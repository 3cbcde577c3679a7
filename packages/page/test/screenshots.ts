import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch, openPage, SMALL, WIDE } from "./browser.ts";
import { fakeHistory } from "./fake/server.ts";

/** Writes the pictures of `docs/screenshots`, each view in each look; look at them before you commit them. */
const folder = process.argv[2] ?? join(import.meta.dirname, "../../../docs/screenshots");

const VIEWS: Readonly<Record<string, string>> = {
  fleet: "#/fleet",
  timeline: "#/timeline",
  sync: "#/sync/01KB7R2M9Q4T?repo=prod-eu/shop/checkout",
  moment: "#/moment?repo=prod-eu/shop/checkout&at=2026-11-25T12:03:00Z",
  slo: "#/slo",
  dora: "#/dora?explain=changeFailRate",
  delivery: "#/delivery",
};
const LOOKS = {
  "1280-light": { viewport: WIDE, colorScheme: "light" },
  "1280-dark": { viewport: WIDE, colorScheme: "dark" },
  "360-light": { viewport: SMALL, colorScheme: "light" },
} as const;
mkdirSync(folder, { recursive: true });
const browser = await launch();
if (browser === undefined) throw new Error("there is no Chromium on the PATH");
const history = await fakeHistory();
try {
  for (const [look, options] of Object.entries(LOOKS)) {
    const { page, faults } = await openPage(browser, options);
    for (const [view, hash] of Object.entries(VIEWS)) {
      const name = `${view}-${look}`;
      await page.goto(`${history.url}${hash}`);
      await page.locator("main h1").waitFor();
      await page.waitForFunction(() => document.querySelector(".loading, .old") === null);
      await page.locator(".connection.live").waitFor();
      await page.screenshot({ path: join(folder, `${name}.png`) });
    }
    if (faults.length > 0) throw new Error(faults.join("\n"));
    await page.context().close();
  }
} finally {
  await browser.close();
  await history.close();
}
