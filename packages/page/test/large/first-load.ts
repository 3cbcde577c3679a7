import type { Browser } from "playwright-core";

/** How the fleet came to the screen. */
export interface FirstLoad {
  /** How far things moved by themselves: the sum of layout shifts. */
  readonly layoutShift: number;
  /** Rows of the table when it was first drawn, and at the end. */
  readonly firstRows: number;
  readonly rows: number;
}

/** Opens the page in a window of a size, touches nothing, and waits until the fleet's first hundred rows stand there. */
export async function firstLoad(
  browser: Browser,
  url: string,
  viewport: { readonly width: number; readonly height: number },
): Promise<FirstLoad> {
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  await page.addInitScript(() => {
    const seen = { shift: 0, firstRows: 0 };
    Reflect.set(globalThis, "seen", seen);
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.shift += Number(Reflect.get(entry, "value"));
    }).observe({ type: "layout-shift", buffered: true });
    new MutationObserver(() => {
      if (seen.firstRows === 0) seen.firstRows = document.querySelectorAll(".fleet tbody tr").length;
    }).observe(document, { childList: true, subtree: true });
  });
  await page.goto(url);
  await page.waitForFunction(() => document.querySelectorAll(".fleet tbody tr").length === 100);
  const seen: unknown = await page.evaluate(
    () =>
      new Promise((resolve) => {
        // What moved in this frame is reported in the next one.
        requestAnimationFrame(() =>
          requestAnimationFrame(() => setTimeout(() => resolve(Reflect.get(globalThis, "seen")))),
        );
      }),
  );
  const rows = await page.locator(".fleet tbody tr").count();
  await context.close();
  const number = (name: string) => Number(Reflect.get(Object(seen), name));
  return { layoutShift: number("shift"), firstRows: number("firstRows"), rows };
}
