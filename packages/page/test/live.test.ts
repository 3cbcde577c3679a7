import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launch, openPage } from "./browser.ts";
import { type FakeHistory, fakeHistory } from "./fake/server.ts";
import { newEvent } from "./fake/syncs.ts";
import { NOW } from "./fake/times.ts";

let browser: Browser | undefined;

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
});

async function fleetOf(history: FakeHistory, page: Page): Promise<void> {
  await page.goto(`${history.url}#/fleet`);
  await page.locator(".fleet tbody tr").first().waitFor();
  await expect.poll(() => history.followers).toBe(1);
  await expect.poll(() => page.locator(".connection").innerText()).toMatch(/^Live/);
}

/** Somebody reads the list: what is newer then waits, however slow the machine is. */
const read = (page: Page) => page.locator(".fleet tbody a").nth(3).focus();

const placesOf = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll(".fleet tbody tr")]
      .slice(0, 20)
      .map((row) => `${row.querySelector("a")?.textContent} ${Math.round(row.getBoundingClientRect().top)}`),
  );
const fleetRequests = (history: FakeHistory) =>
  history.requests.filter((request) => request.startsWith("/v1/fleet") && !request.includes("limit=1")).length;

it("moves nothing while somebody reads: what is newer waits in its line", async (context) => {
  if (browser === undefined) return context.skip("no Chromium on the PATH");
  const history = await fakeHistory();
  const { page, faults } = await openPage(browser);
  await fleetOf(history, page);
  await read(page);
  const before = await placesOf(page);
  const asked = fleetRequests(history);
  // What shifts outside of the line that says what is newer.
  await page.evaluate(() => {
    Reflect.set(globalThis, "shifted", []);
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const sources: unknown = Reflect.get(entry, "sources");
        for (const source of Array.isArray(sources) ? sources : []) {
          const node: unknown = source.node;
          const element = node instanceof Element ? node : node instanceof Node ? node.parentElement : null;
          const shifted: unknown = Reflect.get(globalThis, "shifted");
          if (element !== null && element.closest(".newer") === null && Array.isArray(shifted))
            shifted.push(element.outerHTML.slice(0, 100));
        }
      }
    }).observe({ type: "layout-shift" });
  });
  for (let number = 1; number <= 60; number++) {
    history.send({ kind: "event", id: String(number), event: newEvent(number, NOW) });
    if (number % 20 === 0) await page.clock.runFor(1000);
  }
  await expect.poll(() => page.locator(".newer").innerText()).toMatch(/40 newer states, \d+ failing/);
  expect(await placesOf(page)).toEqual(before);
  expect(await page.evaluate(() => Reflect.get(globalThis, "shifted"))).toEqual([]);
  expect(fleetRequests(history)).toBe(asked);

  // `u` shows them; and nothing is counted twice.
  await page.keyboard.press("u");
  await expect.poll(() => fleetRequests(history)).toBe(asked + 1);
  await expect.poll(() => page.locator(".newer").innerText()).not.toContain("newer");

  // Nobody reads: it shows itself.
  await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
  history.send({ kind: "event", id: "61", event: newEvent(61, NOW) });
  await page.clock.runFor(8000);
  await expect.poll(() => fleetRequests(history)).toBeGreaterThan(asked + 1);
  expect(faults).toEqual([]);
  await page.context().close();
  await history.close();
});

it("says what was when the server is gone, and is back without a reload", async (context) => {
  if (browser === undefined) return context.skip("no Chromium on the PATH");
  const history = await fakeHistory();
  const { page } = await openPage(browser);
  await fleetOf(history, page);
  await read(page);
  history.send({ kind: "event", id: "41", event: newEvent(1, NOW) });
  await expect.poll(() => page.locator(".newer").innerText()).toMatch(/newer/);
  history.down = true;
  history.drop();
  await expect.poll(() => page.locator(".connection").innerText()).toMatch(/^Reconnecting/);
  await page.clock.runFor(62_000);
  await expect.poll(() => page.locator(".connection").innerText()).toBe("Not live");
  expect(await page.locator(".banner").innerText()).toMatch(/Showing 14:0\d:\d\d, \d.min old\.[\s\S]*Try now/);
  expect(await page.locator("h1").innerText()).toBe("2 of 412 repositories were failing");
  const states = await page.locator(".fleet tbody .c-state").allInnerTexts();
  expect(states.slice(0, 3)).toEqual(["Was failing", "Was failing", "Was stuck"]);

  // By itself it would be back, and the button gone, before the click.
  const banner = () => page.locator(".banner").innerText();
  await expect.poll(banner, { timeout: 30_000 }).toMatch(/Next try in (?:[5-9]|1\d) s/);
  history.down = false;
  await page.getByRole("button", { name: "Try now" }).click();
  await expect.poll(() => page.locator(".connection").innerText()).toMatch(/^Live/);
  expect(await page.locator(".fleet tbody .c-state").first().innerText()).toBe("Failing");
  // It goes on after the last event it saw.
  expect(history.requests.filter((request) => request.startsWith("/v1/tail")).at(-1)).toContain("after=41");
  await read(page);
  history.send({ kind: "lost", id: "500", missed: 412, asOf: NOW });
  await expect.poll(() => page.locator(".newer").innerText()).toContain("412 events were not streamed");
  await page.context().close();
  await history.close();
});

it("notices a connection that is open and says nothing", async (context) => {
  if (browser === undefined) return context.skip("no Chromium on the PATH");
  const history = await fakeHistory();
  const { page } = await openPage(browser);
  await fleetOf(history, page);
  const asked = () => history.requests.filter((request) => request.startsWith("/v1/tail")).length;
  const before = asked();
  await page.clock.runFor(27_000);
  await expect.poll(() => page.clock.runFor(1500).then(asked)).toBeGreaterThan(before);
  await page.context().close();
  await history.close();
});

it("takes no connection in the background, and goes on where it was", async (context) => {
  if (browser === undefined) return context.skip("no Chromium on the PATH");
  const history = await fakeHistory();
  const { page } = await openPage(browser);
  await fleetOf(history, page);
  await read(page);
  history.send({ kind: "event", id: "7", event: newEvent(7, NOW) });
  await expect.poll(() => page.locator(".newer").innerText()).toMatch(/newer/);
  const hide = (hidden: boolean) =>
    page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { value, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await hide(true);
  await page.clock.runFor(31_000);
  await expect.poll(() => history.followers).toBe(0);
  await hide(false);
  await expect.poll(() => history.followers).toBe(1);
  expect(history.requests.filter((request) => request.startsWith("/v1/tail")).at(-1)).toContain("after=7");
  await page.context().close();
  await history.close();
});
