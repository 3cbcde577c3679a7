import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch, openPage, SMALL, WIDE } from "./browser.ts";
import { HOSTILE_NAME, LONG_NAME, MARKUP_NAME } from "./fake/fleet.ts";
import { type FakeHistory, fakeHistory } from "./fake/server.ts";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const VIEWS: Readonly<Record<string, { readonly hash: string; readonly heading: RegExp; readonly command: string }>> = {
  fleet: { hash: "#/fleet", heading: /^2 of 412 repositories are failing$/, command: "alumiini fleet" },
  timeline: {
    hash: "#/timeline",
    heading: /^\d+ of \d+.syncs failed in the last 2.hours$/,
    command: "alumiini tail --since 2h",
  },
  sync: {
    hash: "#/sync/01KB7R2M9Q4T?repo=prod-eu/shop/checkout",
    heading: /^checkout failed in apply after 41.2.s$/,
    command: "alumiini show 01KB7R2M9Q4T --cluster prod-eu",
  },
  moment: {
    hash: "#/moment?repo=prod-eu/shop/checkout&at=2026-11-25T12:03:00Z",
    heading: /^checkout failed 12.2.s after this moment; 2.changes and 2.signals came shortly before$/,
    command: "alumiini around checkout --cluster prod-eu --namespace shop --at 2026-11-25T12:03:00Z --window 15m",
  },
  slo: {
    hash: "#/slo",
    heading: /^1 objective is spent, 1 is burning fast, 3 hold, 2 can't be judged here$/,
    command: "alumiini slo --since 30d",
  },
  dora: {
    hash: "#/dora",
    heading: /^274.deployments of all repositories, 8.0.% failed$/,
    command: "alumiini dora --since 26w",
  },
  evidence: { hash: "#/dora?explain=changeFailRate", heading: /^274/, command: "alumiini dora --since 26w" },
  delivery: {
    hash: "#/delivery",
    heading:
      /^Everything received is accounted for; 8.deliveries were refused, 1.sink is behind, 2.events are missing upstream$/,
    command: "alumiini deliveries",
  },
  event: {
    hash: "#/event/event-failed",
    heading: /^sync/,
    command: "alumiini export --event event-failed",
  },
};

let browser: Browser | undefined;
let history: FakeHistory;

beforeAll(async () => {
  browser = await launch();
  history = await fakeHistory();
});

afterAll(async () => {
  await browser?.close();
  await history?.close();
});

async function show(page: Page, hash: string, from = history): Promise<void> {
  await page.goto(`${from.url}${hash}`);
  await settled(page);
}

async function settled(page: Page): Promise<void> {
  await page.waitForFunction(
    () => document.querySelector("main h1") !== null && document.querySelector(".loading, .old") === null,
  );
}

/** What axe finds, in one line each. */
async function faultsOf(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const found = await page.evaluate(
    "axe.run(document, { resultTypes: ['violations'] }).then((r) => r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(', ')))",
  );
  return Array.isArray(found) ? found.map(String) : ["axe did not run"];
}

const overflow = (page: Page) =>
  page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth));

describe.each([
  ["1280, light", { viewport: WIDE, colorScheme: "light" as const }],
  ["1280, dark", { viewport: WIDE, colorScheme: "dark" as const }],
  ["360, light", { viewport: SMALL, colorScheme: "light" as const, hasTouch: true }],
  ["360, dark", { viewport: SMALL, colorScheme: "dark" as const }],
])("at %s", (_, options) => {
  it("shows each view, without fault, sideways scroll or report", async (context) => {
    if (browser === undefined) return context.skip("no Chromium on the PATH");
    const { page, faults } = await openPage(browser, options);
    const found: Record<string, string[]> = {};
    for (const [name, { hash, heading, command }] of Object.entries(VIEWS)) {
      await show(page, hash);
      await expect
        .poll(
          () =>
            page
              .locator("main h1")
              .innerText()
              .then((text) => text.trim()),
          { message: name },
        )
        .toMatch(heading);
      expect(await page.locator(".terminal code").innerText(), name).toBe(command);
      expect(await overflow(page), `${name} scrolls sideways`).toBe(0);
      found[name] = await faultsOf(page);
      expect(await page.evaluate(() => document.querySelectorAll("*").length), name).toBeLessThanOrEqual(3000);
    }
    expect(Object.entries(found).filter(([, faultsOfView]) => faultsOfView.length > 0)).toEqual([]);
    expect(faults).toEqual([]);
    await page.context().close();
  });
});

describe("with 0, 1, 100,000 and 1,000,000", () => {
  it.for([0, 1, 100_000, 1_000_000])("%d repositories", async (size, context) => {
    if (browser === undefined) return context.skip("no Chromium on the PATH");
    const from = await fakeHistory();
    from.size = size;
    const { page, faults } = await openPage(browser, { viewport: SMALL });
    for (const [name, { hash }] of Object.entries(VIEWS)) {
      if (size === 0 && ["sync", "moment", "event", "evidence"].includes(name)) continue;
      await show(page, hash, from);
      if (size === 0) await page.getByText("alumiini setup flux --url").waitFor();
      const text = await page.locator("main").innerText();
      expect(text, name).not.toMatch(/NaN|undefined|Infinity|null/);
      if (size === 0) {
        expect(text, `${name} shows a number for nothing`).not.toMatch(/\b0.%/);
      }
      expect(await overflow(page), `${name} scrolls sideways`).toBe(0);
      expect(await page.evaluate(() => document.querySelectorAll("*").length), name).toBeLessThanOrEqual(3000);
    }
    if (size === 1) {
      await show(page, "#/fleet", from);
      expect(await page.locator("h1").innerText()).toBe("1 of 1 repository is failing");
    }
    expect(faults).toEqual([]);
    await page.context().close();
    await from.close();
  });
});

it("leaves names and messages of strangers inert", async (context) => {
  if (browser === undefined) return context.skip("no Chromium on the PATH");
  const { page, faults } = await openPage(browser, { viewport: SMALL });
  await show(page, "#/fleet");
  const names = await page.locator(".fleet .name").allInnerTexts();
  expect(names.join("\n")).toContain("U+202E");
  expect(names.join("\n")).not.toContain("\u202e");
  expect(await page.locator("main img, main iframe, main script").count()).toBe(0);
  const long = page.getByRole("link", { name: LONG_NAME, exact: true });
  await long.focus();
  await expect.poll(async () => (await long.locator(".whole").boundingBox())?.width ?? 0).toBeGreaterThan(100);
  expect(await long.locator(".whole").innerText()).toBe(LONG_NAME);
  for (const name of [MARKUP_NAME, HOSTILE_NAME, LONG_NAME, "javascript:alert(1)", "../../x"]) {
    const parts = ["prod-us", name, name].map(encodeURIComponent).join("/");
    await show(page, `#/moment?repo=${parts}&at=2026-11-25T12:03:00Z`);
    expect(await overflow(page), name).toBe(0);
    await show(page, `#/fleet?q=${encodeURIComponent(name)}&cluster=${encodeURIComponent(name)}`);
    expect(await overflow(page), name).toBe(0);
  }
  await show(page, "#/delivery");
  await page.locator("summary").first().click();
  expect(await page.locator("pre").first().innerText()).toContain("<script>");
  expect(await page.evaluate(() => Reflect.get(globalThis, "hacked"))).toBeUndefined();
  expect(faults).toEqual([]);
  await page.context().close();
});

it("works by keyboard alone", async (context) => {
  if (browser === undefined) return context.skip("no Chromium on the PATH");
  const { page, faults } = await openPage(browser);
  await show(page, "#/fleet");
  const heading = async () => (await page.locator("main h1").innerText()).trim();
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");

  // Down the list, to the sync, its moment, and back.
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  expect(await focused()).toContain("checkout");
  await page.keyboard.press("Enter");
  await expect.poll(heading).toMatch(/^checkout failed in apply/);
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("H1");
  await page.keyboard.press("m");
  await expect.poll(heading).toMatch(/after this moment|at this moment|before this moment/);
  await page.goBack();
  await expect.poll(heading).toMatch(/^checkout failed in apply/);

  // From view to view.
  for (const [key, expected] of [
    ["t", /syncs failed/],
    ["s", /objective/],
    ["d", /deployments/],
    ["v", /accounted/],
    ["f", /failing/],
  ] as const) {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await expect.poll(heading).toMatch(expected);
  }

  // Search for a repository and a time.
  await page.keyboard.press("/");
  await page.keyboard.type("checkout 14:03");
  await page.getByRole("option", { name: /Moment checkout/ }).waitFor();
  await page.keyboard.press("Enter");
  await expect.poll(() => page.url()).toContain("#/moment?repo=prod-eu/shop/checkout&at=2026-11-25T12:03:00Z");

  // A number's evidence opens and closes, and gives the focus back.
  await show(page, "#/dora");
  await page.getByRole("button", { name: /change fail rate.*show evidence/ }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("number-changeFailRate");

  // Charts as tables, UTC, the help, and the arrows of the timeline.
  await page.keyboard.press("t");
  await page.getByRole("table").first().waitFor();
  await page.keyboard.press("z");
  expect(await page.locator("header .zone").innerText()).toBe("UTC");
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await page.keyboard.press("Escape");
  await show(page, "#/timeline");
  await page.locator(".strip-picture").focus();
  await page.keyboard.press("ArrowLeft");
  await expect.poll(() => page.locator(".readout").innerText()).toMatch(/open/);
  await page.keyboard.press("Enter");
  await expect.poll(() => page.url()).toMatch(/#\/(?:sync|event)\//);
  expect(faults).toEqual([]);
  await page.context().close();
});

it("opens a list as long as the number says", async (context) => {
  if (browser === undefined) return context.skip("no Chromium on the PATH");
  const { page } = await openPage(browser);
  await show(page, "#/dora");
  const shown = /(\d+) of 274/.exec(await page.locator(".card", { hasText: "Change fail rate" }).innerText())?.[1];
  await page.getByRole("button", { name: /change fail rate/ }).click();
  const panel = page.getByRole("dialog");
  await expect.poll(() => panel.innerText()).toContain(`${shown}, newest first`);
  const listed = await panel.locator(".plain-list li").count();
  const more = Number((/(\d+) more/.exec(await panel.innerText()) ?? ["", "0"])[1]);
  expect(listed + more).toBe(Number(shown));

  // The number of an objective's tile is the last point of its line.
  await show(page, "#/slo");
  await page.keyboard.press("t");
  const tile = page.locator(".tile").first();
  const budget = (await tile.locator(".number-button").nth(1).innerText()).trim();
  expect((await tile.locator("tbody tr:last-child td:last-child").innerText()).trim()).toBe(budget);
  await page.context().close();
});

it("never shows what is unknown as a number", async (context) => {
  if (browser === undefined) return context.skip("no Chromium on the PATH");
  const { page } = await openPage(browser);
  await show(page, "#/dora");
  const card = page.locator(".card", { hasText: "Deployment rework rate" });
  expect(await card.locator(".number-button").innerText()).toBe("–");
  expect(await card.innerText()).toContain("0 of 274 say it");
  expect(await card.innerText()).not.toMatch(/\b0.%|NaN/);
  expect(await card.locator("canvas").count()).toBe(0);
  await page.context().close();
});

it("freezes the time in a copied link, and names the nearest view of a wrong one", async (context) => {
  if (browser === undefined) return context.skip("no Chromium on the PATH");
  const { page } = await openPage(browser, { permissions: ["clipboard-read", "clipboard-write"] });
  await show(page, "#/timeline?last=1h&cluster=prod-eu");
  await page.keyboard.press("c");
  await page.getByRole("button", { name: /Copied/ }).waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/#\/timeline\?cluster=prod-eu&from=2026-11-25T11:06:\d\dZ&to=2026-11-25T12:06:\d\dZ$/);
  await show(page, "#/dorra");
  expect(await page.locator("main").innerText()).toMatch(/There is no view “dorra”[\s\S]*Did you mean DORA/);
  await page.context().close();
});

it("says what fails, keeps the rest, and asks for a token where one is wanted", async (context) => {
  if (browser === undefined) return context.skip("no Chromium on the PATH");
  const from = await fakeHistory({ prefix: "/behind/a/proxy" });
  const { page, faults } = await openPage(browser);
  from.fail = { path: "/v1/deadLetters", status: 503 };
  await show(page, "#/delivery", from);
  await page.getByRole("alert").waitFor();
  expect(await page.getByRole("alert").innerText()).toMatch(
    /rebuilt, 41 % done[\s\S]*Try again[\s\S]*v1\/deadLetters[\s\S]*503/,
  );
  expect(await page.locator(".flow").count()).toBe(1);
  from.fail = undefined;
  await page.getByRole("button", { name: "Try again" }).click();
  await expect.poll(() => page.getByRole("alert").count()).toBe(0);

  from.token = "secret-token";
  await page.reload();
  await page.getByLabel("Token").fill("wrong");
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByText("The server didn't take it").waitFor();
  await page.getByLabel("Token").fill("secret-token");
  await page.getByRole("button", { name: "Go on" }).click();
  await expect.poll(() => page.locator("main h1").innerText()).toMatch(/accounted/);
  expect(from.requests.join("\n")).not.toContain("secret-token");
  expect(faults).toEqual([]);
  await page.context().close();
  await from.close();
});

it("can be read in forced colours, with less motion, and on paper", async (context) => {
  if (browser === undefined) return context.skip("no Chromium on the PATH");
  const { page, faults } = await openPage(browser, { forcedColors: "active", reducedMotion: "reduce" });
  await show(page, "#/dora");
  expect(await faultsOf(page)).toEqual([]);
  await page.emulateMedia({ media: "print", forcedColors: "none" });
  expect(await page.locator("header").isVisible()).toBe(false);
  expect(await page.locator(".print-foot").innerText()).toMatch(/#\/dora.*as of 2026-11-25T/);
  expect(faults).toEqual([]);
  await page.context().close();
});
