import { BROWSER_TIMEOUT_MS, CHROMIUM_FLAGS, findChromium } from "@alumiini-internal/test-support/chromium";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { NOW } from "./fake/times.ts";

export const WIDE = { width: 1280, height: 900 };
export const SMALL = { width: 360, height: 720 };

/** A real Chromium; undefined where this machine has none. */
export async function launch(): Promise<Browser | undefined> {
  const executablePath = findChromium();
  return executablePath === undefined
    ? undefined
    : await chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS], timeout: BROWSER_TIMEOUT_MS });
}

/** A page that notes what its policy forbids and what breaks in it. */
export interface Watched {
  readonly page: Page;
  /** Violations of the Content-Security-Policy, uncaught errors and errors on the console. */
  readonly faults: string[];
}

/** A browser's tab whose clock stands at the time of the made-up data, and goes on from there. */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = {},
  time: number = NOW,
): Promise<Watched> {
  const context = await browser.newContext({
    viewport: WIDE,
    locale: "en-GB",
    timezoneId: "Europe/Helsinki",
    ...options,
  });
  context.setDefaultTimeout(BROWSER_TIMEOUT_MS);
  const page = await context.newPage();
  await page.clock.install({ time });
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("console", (message) => {
    // A failed request is what some tests are about.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      faults.push(message.text());
  });
  await page.exposeFunction("reportViolation", (text: string) => faults.push(text));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      const report: unknown = Reflect.get(globalThis, "reportViolation");
      if (typeof report === "function") report(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  return { page, faults };
}
