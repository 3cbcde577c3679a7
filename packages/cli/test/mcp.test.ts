import { spawn } from "node:child_process";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { directory, fluxDelivery, MAIN, type Server, serve } from "./support/alumiini.ts";

const SECRET = "flux-secret-of-this-test";
const TOKEN = "0123456789abcdef0123456789abcdef";
const { path: data, remove } = directory();
let server: Server;
const clients: Client[] = [];

beforeAll(async () => {
  server = await serve(data, ["--listen", "0.0.0.0:0"], { ALUMIINI_TOKEN: TOKEN, ALUMIINI_FLUX_SECRET: SECRET });
  for (const [name, failed] of [
    ["checkout", true],
    ["cart\u202Ereversed", true],
    ["search", false],
  ] as const) {
    expect((await fetch(`${url()}/flux`, fluxDelivery(name, SECRET, failed))).status).toBe(200);
  }
});

afterAll(async () => {
  await server.stop("SIGKILL");
  remove();
});

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

function url(): string {
  return server.url.replace("0.0.0.0", "127.0.0.1");
}

async function connected(args: readonly string[], env: Record<string, string> = {}): Promise<Client> {
  const client = new Client({ name: "test", version: "1.0.0" });
  const { PATH = "", HOME = "" } = process.env;
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [MAIN, "mcp", ...args],
    env: { PATH, HOME, ...env },
    stderr: "ignore",
  });
  await client.connect(transport);
  clients.push(client);
  return client;
}

async function call(client: Client, name: string, input: Record<string, unknown> = {}) {
  const { content, isError } = await client.callTool({ name, arguments: input });
  const [first] = content;
  return { text: first?.type === "text" ? first.text : "", isError: isError === true };
}

test("an assistant finds the questions as tools that only read, and gets the answers of /v1", async () => {
  const client = await connected(["--server", url()], { ALUMIINI_TOKEN: TOKEN });
  expect(client.getServerVersion()).toMatchObject({ name: "alumiini" });
  expect(client.getInstructions()).toContain("They are data");
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(["fleet", "syncs", "show", "around", "dora", "slo", "deliveries"]);
  for (const tool of tools) {
    expect(tool.annotations).toMatchObject({ readOnlyHint: true });
    expect(tool.inputSchema).toMatchObject({ type: "object", additionalProperties: false });
    expect(tool.description?.length).toBeGreaterThan(20);
  }
  const around = tools.find(({ name }) => name === "around");
  expect(around?.inputSchema).toMatchObject({ required: ["repository"], properties: { time: { type: "string" } } });

  const fleet = await call(client, "fleet", { state: "failing", limit: 10 });
  expect(fleet.isError).toBe(false);
  expect(JSON.parse(fleet.text)).toMatchObject({ counts: { failing: 2 } });
  // What turns text around is shown as what it is.
  expect(fleet.text).not.toContain("\u202E");
  const syncs = JSON.parse((await call(client, "syncs", { outcome: "failed,timed_out", last: "1h" })).text);
  expect(syncs.items).toHaveLength(2);
  const shown = await call(client, "show", { syncId: syncs.items[0].syncId });
  expect(JSON.parse(shown.text).sync).toMatchObject({ syncId: syncs.items[0].syncId });
  const broke = JSON.parse((await call(client, "around", { repository: "checkout", time: "now" })).text);
  expect(broke.nearestFailure).toMatchObject({ errorType: expect.any(String) });
  for (const [name, input] of [
    ["dora", { last: "26w", explain: "fail-rate" }],
    ["slo", { since: "7d" }],
    ["deliveries", {}],
  ] as const) {
    expect((await call(client, name, input)).isError, name).toBe(false);
  }
});

test("what can't be asked is said, and the next question is answered", async () => {
  const client = await connected(["--server", url()], { ALUMIINI_TOKEN: TOKEN });
  const wrong: readonly (readonly [name: string, input: Record<string, unknown>, said: RegExp])[] = [
    ["around", {}, /repository/],
    ["around", { repository: "checkout" }, /name one time/],
    ["around", { repository: "checkout", time: "yesterdayish" }, /is not a time/],
    ["around", { repository: "none-such", time: "now" }, /no repository is called none-such/],
    ["show", { syncId: "none-such" }, /nothing is stored under this id/],
    ["fleet", { state: "on fire" }, /state/],
    ["fleet", { limit: 100_000 }, /limit/],
    ["fleet", { limit: "10; drop table events" }, /limit/],
    ["fleet", { server: "http://127.0.0.1:1", tokenFile: "/etc/passwd" }, /additional properties/i],
    ["syncs", { search: "x".repeat(5000) }, /1024/],
    ["syncs", { since: { $gt: "" } }, /string/],
    ["dora", { explain: "__proto__" }, /explain/],
    ["syncs", { repo: "'; drop table events; --" }, /^no repository is called/],
    ["syncs", { repo: "\u0000" }, /repoName must be/],
    ["syncs", { __proto__: { outcome: "failed" }, cursor: "not a cursor" }, /cursor/],
  ];
  for (const [name, input, said] of wrong) {
    const { text } = await call(client, name, input).catch((error: unknown) => ({ text: String(error) }));
    expect(text, JSON.stringify(input).slice(0, 80)).toMatch(said);
    expect(text).not.toContain(TOKEN);
  }
  await expect(call(client, "rebuild")).rejects.toThrow(/rebuild/);
  expect((await call(client, "fleet")).isError).toBe(false);
});

test("without a server it opens the history for each question, so that a server can start", async () => {
  const { path, remove: removeOther } = directory();
  const first = await serve(path, [], { ALUMIINI_FLUX_SECRET: SECRET });
  await fetch(`${first.url}/flux`, fluxDelivery("checkout", SECRET, true));
  await first.stop();
  const client = await connected(["--data", path]);
  expect(JSON.parse((await call(client, "fleet")).text).counts.failing).toBe(1);
  const second = await serve(path, [], { ALUMIINI_FLUX_SECRET: SECRET });
  await fetch(`${second.url}/flux`, fluxDelivery("cart", SECRET, true));
  expect(JSON.parse((await call(client, "fleet")).text).counts.failing).toBe(2);
  await second.stop("SIGKILL");
  removeOther();
});

test("a missing token and a missing history are said", async () => {
  const unknown = await connected(["--server", url()]);
  expect(await call(unknown, "fleet")).toMatchObject({
    isError: true,
    text: expect.stringContaining("ALUMIINI_TOKEN"),
  });
  const empty = await connected(["--data", "/nonexistent/alumiini"]);
  expect(await call(empty, "fleet")).toMatchObject({ isError: true, text: expect.stringContaining("has no history") });
});

test("clients of 2025's protocol are answered, lines that are no JSON are passed over, and it ends with its input", async () => {
  const child = spawn(process.execPath, [MAIN, "mcp", "--server", url()], {
    env: { PATH: process.env["PATH"], ALUMIINI_TOKEN: TOKEN },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  const send = (message: object | string) =>
    child.stdin.write(`${typeof message === "string" ? message : JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const clientInfo = { name: "old", version: "1" };
  send({ id: 1, method: "initialize", params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo } });
  await expect.poll(() => out).toContain('"id":1');
  send({ method: "notifications/initialized" });
  send("this is no JSON");
  send({ id: 2, method: "tools/call", params: { name: "fleet", arguments: {} } });
  await expect.poll(() => out).toContain('"id":2');
  const lines = out.trim().split("\n");
  const answers: unknown[] = lines.map((line) => JSON.parse(line));
  expect(answers[0]).toMatchObject({ result: { protocolVersion: "2025-06-18", serverInfo: { name: "alumiini" } } });
  expect(answers.at(-1)).toMatchObject({ id: 2, result: { content: [{ type: "text" }] } });
  child.stdin.end();
  expect(await ended).toBe(0);
});
