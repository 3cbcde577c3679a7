import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launch, openPage } from "./browser.ts";
import { type FakeHistory, fakeHistory } from "./fake/server.ts";

let browser: Browser | undefined;
let history: FakeHistory;

beforeAll(async () => {
  browser = await launch();
  history = await fakeHistory();
});

afterAll(async () => {
  await browser?.close();
  await history.close();
});

it("a moment begins with what changed before it, and folds away what changed nothing", async (context) => {
  if (browser === undefined) return context.skip("no Chromium on the PATH");
  const { page, faults } = await openPage(browser);
  await page.goto(`${history.url}#/moment?repo=prod-eu/shop/checkout&at=2026-11-25T12:03:12Z`);
  const groups = page.locator(".matches th[scope=rowgroup]");
  await groups.first().waitFor();
  expect(await groups.allInnerTexts()).toEqual([
    "Changes and signals before, best match first",
    "At the moment and after, best match first",
  ]);
  const list = page.locator(".matches");
  expect(await list.innerText()).not.toContain("ledger");
  const rows = await page.locator(".matches tbody tr:not(.group)").count();
  await page.getByRole("button", { name: "Show 1 sync that changed nothing" }).click();
  await expect.poll(() => list.innerText()).toContain("ledger");
  expect(await page.locator(".matches tbody tr:not(.group)").count()).toBe(rows + 1);
  expect(faults).toEqual([]);
  await page.context().close();
});

it("the five measures can be asked for one repository of very many", async (context) => {
  if (browser === undefined) return context.skip("no Chromium on the PATH");
  const { page, faults } = await openPage(browser);
  await page.goto(`${history.url}#/dora?last=13w`);
  await page.locator(".cards").waitFor();
  const field = page.getByRole("combobox", { name: "Repository", exact: true });
  await field.fill("checkout");
  await expect.poll(() => page.locator("datalist option").count()).toBeGreaterThan(0);
  await field.fill((await page.locator("datalist option").first().getAttribute("value")) ?? "");
  await expect.poll(() => page.url()).toMatch(/#\/dora\?repo=[^&]+\/checkout[^&]*&last=13w/);
  await expect.poll(() => page.locator("h1").innerText()).toMatch(/deployments of checkout/);
  expect(await page.locator(".terminal code").innerText()).toContain("--repo checkout");
  await field.fill("");
  await expect.poll(() => page.url()).not.toContain("repo=");
  expect(faults).toEqual([]);
  await page.context().close();
});

it("deliveries that were refused at the door are counted, with what to do", async (context) => {
  if (browser === undefined) return context.skip("no Chromium on the PATH");
  const { page, faults } = await openPage(browser);
  await page.goto(`${history.url}#/delivery`);
  await expect.poll(() => page.locator("h1").innerText()).toContain("8\u00a0deliveries were refused");
  const text = await page.locator("main").innerText();
  expect(text).toContain("9,181 = 9,060 taken + 100 known already + 13 without an event + 8 refused");
  expect(text).toMatch(/Wrong or missing signature or token at \/flux[\s\S]*Give both the same one/);
  expect(faults).toEqual([]);
  await page.context().close();
});
