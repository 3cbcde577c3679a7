import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "@alumiini-internal/test-support/ports";
import type { Page, Request } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { directory, fluxDelivery, type Server, serve } from "./support/alumiini.ts";
import { newPage } from "./support/browser.ts";

const SECRET = "flux-secret-of-this-test";
const TOKEN = "token-of-this-test-0123456789";
const ENV = { ALUMIINI_FLUX_SECRET: SECRET, ALUMIINI_TOKEN: TOKEN };
/** Markup, and a character that turns what follows it around. */
const HOSTILE = `<img src=x onerror="document.title='owned'">\u202egnp`;

const { path: data, remove } = directory();
let server: Server;

beforeAll(async () => {
  // It is started again on the same port, which nothing else may get meanwhile.
  server = await serve(data, ["--listen", `127.0.0.1:${await freePort()}`], ENV);
});

afterAll(async () => {
  await server.stop("SIGKILL");
  remove();
});

async function deliver(name: string, failed: boolean): Promise<void> {
  expect((await fetch(`${server.url}/flux`, fluxDelivery(name, SECRET, failed))).status).toBe(200);
}

/** Notes what breaks in the page and what its policy forbids. */
async function watched(page: Page): Promise<string[]> {
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  await page.exposeFunction("reportViolation", (text: string) => faults.push(text));
  await page.addInitScript({
    content:
      "addEventListener('securitypolicyviolation', (e) => reportViolation(e.violatedDirective + ' ' + e.blockedURI))",
  });
  return faults;
}

test("a viewer whose clock is an hour ahead asks with a token, and stays while the server restarts", async (context) => {
  await deliver("checkout", true);
  await deliver(HOSTILE, true);
  const page = await newPage(context);
  const faults = await watched(page);
  await page.clock.install({ time: Date.now() + 3_600_000 });
  await page.goto(`${server.url}/`);

  const token = page.locator("input[type=password]");
  await token.fill("a guess");
  await token.press("Enter");
  await expect.poll(() => page.locator("form", { has: token }).textContent()).toMatch(/didn't take it/);
  await token.fill(TOKEN);
  await token.press("Enter");
  await expect.poll(() => page.locator("h1").textContent()).toBe("2 of 2 repositories are failing");
  expect(page.url()).not.toContain(TOKEN);
  const kept = await page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])");
  expect(kept).not.toContain(TOKEN);

  // Ages by the server's clock, and a name that stays a name.
  expect(await page.locator(".fleet tbody").textContent()).not.toMatch(/\b\d+ h\b|60 min/);
  expect(await page.locator(".fleet tbody").textContent()).toContain("<img src=x");
  expect(await page.locator("main img").count()).toBe(0);

  await page.evaluate("globalThis.sameDocument = true");
  const { host } = new URL(server.url);
  await server.stop();
  await expect.poll(() => page.locator(".connection").textContent()).not.toMatch(/^Live/);
  server = await serve(data, ["--listen", host], ENV);
  await page.clock.runFor(20_000);
  await expect.poll(() => page.locator(".connection").textContent()).toMatch(/^Live/);
  await deliver("cart", true);
  await expect.poll(() => page.locator("main").textContent()).toMatch(/newer state|3 of 3/);
  await page.keyboard.press("u");
  await expect.poll(() => page.locator("h1").textContent()).toBe("3 of 3 repositories are failing");
  expect(await page.evaluate("globalThis.sameDocument")).toBe(true);
  expect(await page.title()).not.toContain("owned");
  expect(faults).toEqual([]);
});

test("on a slow network the last view that was asked for is the one that is shown", async (context) => {
  await deliver("checkout", true);
  const page = await newPage(context);
  const faults = await watched(page);
  expect((await page.request.post(`${server.url}/session`, { data: { token: TOKEN } })).status()).toBe(204);
  const underWay = new Set<Request>();
  page.on("request", (request) => {
    if (/\/v1\/(?!tail)/.test(request.url())) underWay.add(request);
  });
  page.on("requestfinished", (request) => underWay.delete(request));
  page.on("requestfailed", (request) => underWay.delete(request));
  await page.route("**/v1/*", async (route) => {
    if (route.request().url().includes("/v1/tail")) return route.continue();
    await wait(route.request().url().includes("/v1/slo") ? 1_500 : 700);
    // The page may have let go of it by then.
    await route.continue().catch(() => {});
  });
  await page.goto(`${server.url}/#/fleet`);
  for (const view of ["slo", "dora", "slo", "fleet"]) await page.evaluate(`location.hash = "#/${view}"`);
  await expect.poll(() => page.locator("h1").textContent()).toMatch(/repositor(?:y|ies) (?:is|are) failing/);
  await expect.poll(() => underWay.size).toBe(0);
  expect(await page.locator("h1").textContent()).toMatch(/repositor(?:y|ies) (?:is|are) failing/);
  expect(await page.locator(".fleet tbody tr").count()).toBeGreaterThan(0);
  expect(faults).toEqual([]);
  await page.unrouteAll({ behavior: "ignoreErrors" });
});
