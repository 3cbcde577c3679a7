import { BROWSER_TIMEOUT_MS, CHROMIUM_FLAGS, findChromium } from "@alumiini-internal/test-support/chromium";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, onTestFinished } from "vitest";

let browser: Promise<Browser> | undefined;

/** A new page in the browser of the test file, closed when the test has finished; skips the test where there is none. */
export async function newPage(context: { skip(reason: string): never }): Promise<Page> {
  const executablePath = findChromium();
  if (executablePath === undefined) return context.skip("no Chromium on the PATH");
  browser ??= chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS], timeout: BROWSER_TIMEOUT_MS });
  const page = await (await browser).newPage();
  page.setDefaultTimeout(BROWSER_TIMEOUT_MS);
  onTestFinished(() => page.close());
  return page;
}

afterAll(async () => (await browser)?.close());
