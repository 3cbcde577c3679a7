import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTelemetry, type Telemetry } from "@alumiini/core";
import { duckdbStore, type History, openHistory } from "@alumiini/history";
import { page as builtPage } from "@alumiini/page";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launch, openPage } from "./browser.ts";

let browser: Browser | undefined;
let history: History;
let telemetry: Telemetry;
let server: Server;
let directory: string;
let url: string;

beforeAll(async () => {
  browser = await launch();
  directory = await mkdtemp(join(tmpdir(), "page-"));
  history = await openHistory({ store: duckdbStore({ path: join(directory, "history.duckdb") }), maxDelayMs: 5 });
  telemetry = createTelemetry({ clusterId: "prod-eu" });
  telemetry.subscribe(history.subscriber());
  const answers = history.nodeHandler();
  const { html, headers } = builtPage();
  server = createServer((request, response) => {
    if (request.url !== "/") return answers(request, response);
    response.writeHead(200, headers);
    response.end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = typeof address === "object" ? `http://127.0.0.1:${address?.port}/` : "";
});

afterAll(async () => {
  await browser?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await telemetry.close();
  await history.close();
  await rm(directory, { recursive: true, force: true });
});

async function failSync(repoName: string): Promise<void> {
  const place = { repoName, namespace: "shop", commit: "9f3c1abaa1b2c3d4e5f60718293a4b5c6d7e8f90" };
  telemetry.emit("sync_failed", {
    ...place,
    trigger: "webhook",
    durationMs: 1500,
    errorType: "validation",
    errorMessage: "limits.memory <b>must</b> be at least the request",
  });
  await telemetry.flush();
  await history.flush();
}

it("shows a real history: empty, a failed sync as it comes in, and every view without fault", async (context) => {
  if (browser === undefined) return context.skip("no Chromium on the PATH");
  const { page, faults } = await openPage(browser, {}, Date.now());
  await page.goto(`${url}#/fleet`);
  await page.getByText("alumiini setup flux --url").waitFor();
  await expect.poll(() => page.locator(".connection").innerText()).toMatch(/^Live/);

  await failSync("checkout");
  await page.reload();
  await expect.poll(() => page.locator("h1").innerText()).toBe("1 of 1 repository is failing");
  expect(await page.locator(".fleet .c-why").innerText()).toContain("limits.memory <b>must</b>");

  // What comes in is told by the stream, and waits while the list is read.
  await page.locator(".fleet tbody a").first().focus();
  await failSync("cart");
  await expect.poll(() => page.locator(".newer").innerText()).toMatch(/1 newer state, 1 failing/);
  await page.keyboard.press("u");
  await expect.poll(() => page.locator("h1").innerText()).toBe("2 of 2 repositories are failing");

  await page.locator(".fleet tbody a").first().click();
  await expect.poll(() => page.locator("h1").innerText()).toMatch(/failed/);
  await page.keyboard.press("m");
  await expect.poll(() => page.locator("h1").innerText()).toMatch(/failed .*at this moment|failed/);
  for (const view of ["timeline", "slo", "dora?explain=changeFailRate", "delivery"]) {
    await page.goto(`${url}#/${view}`);
    await page.waitForFunction(() => document.querySelector("main h1") !== null && !document.querySelector(".loading"));
    await expect.poll(() => page.locator("main .terminal").count()).toBe(1);
    expect(await page.locator("[role=alert]").count(), view).toBe(0);
    expect(await page.locator("main").innerText(), view).not.toMatch(/NaN|undefined|Infinity/);
  }
  expect(faults).toEqual([]);
  await page.context().close();
});
