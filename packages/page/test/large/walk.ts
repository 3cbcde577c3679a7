import type { Browser, Page } from "playwright-core";
import { WIDE } from "../browser.ts";

/** What a visit to every view took, in milliseconds, and what it met. */
export interface Walk {
  /** Until something was painted. */
  readonly firstPaintMs: number;
  /** Until the fleet's answer stood there. */
  readonly answerMs: number;
  /** From a key or click to the next frame: the slowest of all. */
  readonly slowestInteractionMs: number;
  /** Until the view's own answer stood there, by view. */
  readonly viewsMs: Readonly<Record<string, number>>;
  readonly mostNodes: number;
  /** How far things moved by themselves: the sum of layout shifts without input. */
  readonly layoutShift: number;
  readonly faults: readonly string[];
}

const VIEWS = { t: "timeline", m: "moment", s: "slo", d: "dora", v: "delivery", f: "fleet" } as const;

/** Opens the page and walks through its views by keyboard, with the browser's own clock. */
export async function walk(browser: Browser, url: string): Promise<Walk> {
  const context = await browser.newContext({ viewport: WIDE });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    // A history alone has no `v1/sinks`: it forwards nothing.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      faults.push(message.text());
  });
  await page.addInitScript(() => {
    const seen = { slowest: 0, shift: 0 };
    Reflect.set(globalThis, "seen", seen);
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        // `load` and the like are events, too, but nobody's input.
        if (Reflect.get(entry, "interactionId") !== 0) seen.slowest = Math.max(seen.slowest, entry.duration);
      }
    }).observe({ type: "event", durationThreshold: 16, buffered: true } as PerformanceObserverInit);
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (Reflect.get(entry, "hadRecentInput") === false) seen.shift += Number(Reflect.get(entry, "value"));
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
  const started = performance.now();
  await page.goto(url);
  await page.locator(".fleet tbody tr").first().waitFor();
  const answerMs = performance.now() - started;
  const firstPaintMs = await page.evaluate(
    () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
  );
  const viewsMs: Record<string, number> = {};
  let mostNodes = await nodes(page);
  for (const [key, view] of Object.entries(VIEWS)) {
    const before = performance.now();
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await page.waitForFunction(
      (name) => location.hash.startsWith(`#/${name}`) && document.querySelector(".loading, .old") === null,
      view,
    );
    await page.locator("main h1").waitFor();
    viewsMs[view] = performance.now() - before;
    mostNodes = Math.max(mostNodes, await nodes(page));
  }
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.locator(".filter input, input[type=search]").first().click();
  const { slowest, shift } = await page.evaluate(() => {
    const seen: unknown = Reflect.get(globalThis, "seen");
    return { slowest: Number(Reflect.get(Object(seen), "slowest")), shift: Number(Reflect.get(Object(seen), "shift")) };
  });
  await context.close();
  return { firstPaintMs, answerMs, slowestInteractionMs: slowest, viewsMs, mostNodes, layoutShift: shift, faults };
}

function nodes(page: Page): Promise<number> {
  return page.evaluate(() => document.querySelectorAll("*").length);
}
