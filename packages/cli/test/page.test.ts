import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { alumiini, directory, fluxDelivery, type Server, serve } from "./support/alumiini.ts";
import { newPage } from "./support/browser.ts";

const SECRET = "flux-secret-of-this-test";
const { path: data, remove } = directory();
let server: Server;

beforeAll(async () => {
  server = await serve(data, [], { ALUMIINI_FLUX_SECRET: SECRET });
});

afterAll(async () => {
  await server.stop("SIGKILL");
  remove();
});

async function deliver(): Promise<void> {
  for (const [name, failed] of [
    ["checkout", true],
    ["cart", false],
    ["it's odd", true],
  ] as const) {
    expect((await fetch(`${server.url}/flux`, fluxDelivery(name, SECRET, failed))).status).toBe(200);
  }
}

/** The commands that a view shows, once it has its answer. */
async function commandsOf(page: Page, hash: string): Promise<string[]> {
  await page.goto("about:blank");
  await page.goto(`${server.url}/${hash}`);
  await expect.poll(() => page.locator("h1").count()).toBeGreaterThan(0);
  await expect.poll(() => page.locator('[aria-busy="true"]').count()).toBe(0);
  const commands = page.locator("code", { hasText: /^alumiini / });
  await expect.poll(() => commands.count()).toBeGreaterThan(0);
  return await commands.allInnerTexts();
}

/** What a shell makes of a command that the page prints. */
function wordsOf(command: string): string[] {
  const [first = ""] = command.split(" | ");
  const words = [...first.matchAll(/'((?:[^']|'\\'')*)'|(\S+)/g)];
  return words.slice(1).map(([, quoted, plain = ""]) => quoted?.replaceAll("'\\''", "'") ?? plain);
}

/** A view of what doesn't exist, or that lacks a part of its question, prints a command that does as much. */
async function runs(command: string, place: string): Promise<void> {
  const words = wordsOf(command);
  // It follows until it is interrupted.
  const ends = words[0] === "tail" && !words.includes("--until") ? ["--until", "now"] : [];
  const given = words[0] === "setup" ? [] : ["--data", data];
  const { status, err } = await alumiini([...words, ...ends, ...given]);
  if (command.includes("none-of-this-name") || place === "#/moment") {
    expect([0, 1, 2], `${command} (${place})`).toContain(status);
    expect(err, command).not.toMatch(/unknown (?:option|command)|missing required|too many arg/);
  } else expect({ command, place, status, err }).toEqual({ command, place, status: 0, err: "" });
}

test("every command that the page shows can be run as it stands, and answers", async (context) => {
  const page = await newPage(context);
  // Nothing has arrived yet: the page says what to do.
  const shown = new Map<string, string>();
  for (const view of ["fleet", "timeline", "dora", "delivery"]) {
    for (const command of await commandsOf(page, `#/${view}`)) shown.set(command, `${view}, empty`);
  }
  await deliver();
  const { out } = await alumiini(["export", "--data", data]);
  const events: unknown[] = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const [event] = events.filter((each) => Reflect.get(Object(each), "syncId") !== null);
  const text = (name: string) => String(Reflect.get(Object(event), name));
  const repo = [text("clusterId"), text("namespace"), text("repoName")].map(encodeURIComponent).join("/");
  const scope = "cluster=default,other&env=unknown&ns=shop,other";
  const places = [
    "#/fleet",
    `#/fleet?${scope}&state=failing,stuck&q=check`,
    `#/timeline?${scope}&last=6h`,
    "#/timeline?from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z",
    `#/sync/${encodeURIComponent(text("syncId"))}?repo=${repo}`,
    "#/sync/none-of-this-name",
    `#/event/${encodeURIComponent(text("eventId"))}`,
    "#/event/none-of-this-name",
    "#/moment",
    `#/moment?repo=${repo}&at=${new Date().toISOString()}&window=1h`,
    `#/slo?${scope}&last=7d`,
    "#/slo?explain=syncSuccess",
    `#/dora?repo=${repo}&by=month&last=26w`,
    "#/dora?explain=changeFailRate",
    "#/delivery",
  ];
  for (const place of places) for (const command of await commandsOf(page, place)) shown.set(command, place);

  // Some at once: each is a process.
  const waiting = [...shown];
  const lane = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await runs(...next);
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
  expect(new Set([...shown.keys()].map((command) => wordsOf(command)[0]))).toEqual(
    new Set(["fleet", "syncs", "tail", "show", "export", "around", "slo", "dora", "deliveries", "setup"]),
  );
});

describe("the address that a command prints shows the same on the page", () => {
  beforeAll(deliver);

  const asked = async (...args: string[]) => {
    const { out, err } = await alumiini([...args, "--data", data, "--output", "table"]);
    expect(err).toBe("");
    return /^On the page: \S+(#\S+)$/m.exec(out)?.[1] ?? "";
  };
  const repo = "default/shop/kustomization%2Fcheckout";

  test("around: repository, time and window", async (context) => {
    const moment = await asked("around", "checkout", "2026-11-25T14:03:20Z", "--window", "1h");
    expect(moment).toBe(`#/moment?repo=${repo}&at=2026-11-25T14:03:20Z&window=1h`);
    expect(await asked("around", "checkout", "now", "--window", "90s")).toMatch(/&window=90s$/);
    await shows(context, moment, "checkout");
  });

  test("show: the sync and whose it is", async (context) => {
    const { out } = await alumiini(["syncs", "--data", data, "--search", "cart", "--output", "ndjson"]);
    const { syncId } = JSON.parse(out.split("\n")[0] ?? "");
    const sync = await asked("show", syncId);
    expect(sync).toBe(`#/sync/${encodeURIComponent(syncId)}?repo=default/shop/kustomization%2Fcart`);
    await shows(context, sync, "cart");
  });

  test("fleet: the filters, with a name among them as text", async (context) => {
    const filtered = await asked("fleet", "--state", "failing,stuck", "--namespace", "shop", "--search", "check & out");
    expect(filtered).toBe("#/fleet?ns=shop&state=failing,stuck&q=check%20%26%20out");
    const scope = ["--cluster", "default", "--namespace", "shop"];
    const one = await asked("fleet", ...scope, "--repo", "kustomization/cart");
    expect(one).toBe("#/fleet?cluster=default&ns=shop&q=kustomization/cart");
    await shows(context, one, "cart", ".fleet tbody tr");
    expect(await asked("fleet")).toBe("#/fleet");
  });

  test("syncs and slo: scope and time, in whole seconds", async () => {
    const times = ["--since", "2026-11-01T00:00:00Z", "--until", "2026-11-02T00:00:00.5Z"];
    const span = "from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:01Z";
    expect(await asked("syncs", "--environment", "a,b", "--repo", "checkout", ...times)).toBe(
      `#/timeline?env=a,b&${span}`,
    );
    expect(await asked("slo", "--cluster", "default", ...times)).toBe(`#/slo?cluster=default&${span}`);
    // Until alone: from the oldest sync that was printed.
    expect(await asked("syncs", "--until", "now")).toMatch(/^#\/timeline\?from=\S+Z&to=\S+Z$/);
  });

  test("dora: one repository by its whole name, the measure and the time", async (context) => {
    const dora = await asked("dora", "--repo", "kustomization/checkout", "--last", "26w", "--explain", "fail-rate");
    expect(dora.replace(/from=\S+Z&to=\S+Z/, "…")).toBe(`#/dora?repo=${repo}&…&explain=changeFailRate`);
    await shows(context, dora, "checkout", "main");
    expect(await asked("dora", "--by", "month")).toBe("#/dora?by=month");
  });

  test("deliveries: the view has no filter", async () => {
    expect(await asked("deliveries", "--last", "1h", "--reason", "unauthorized")).toBe("#/delivery");
  });

  async function shows(context: TestContext, hash: string, text: string, where = "h1"): Promise<void> {
    const page = await newPage(context);
    await page.goto(`${server.url}/${hash}`);
    await expect.poll(() => page.locator(where).allInnerTexts()).toEqual([expect.stringContaining(text)]);
  }
});

test("every command that stands in the page's sources exists", async () => {
  const root = new URL("../../page/src/app/", import.meta.url).pathname;
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) =>
    /\.(?:tsx?|html)$/.test(file),
  );
  const sources = files.map((file) => readFileSync(join(root, file), "utf8")).join("\n");
  const named = sources.matchAll(/\bcommand\(\s*"(\w+)"|<code>alumiini ([a-z]+(?: [a-z]+)?)<\/code>/g);
  const commands = new Set([...named].map(([, called, written]) => called ?? written ?? ""));
  expect(commands.size).toBeGreaterThan(8);
  for (const command of commands) {
    const { status, err } = await alumiini([...command.split(" "), "--help"]);
    expect({ command, status, err }).toEqual({ command, status: 0, err: "" });
  }
});
