import { spawnSync } from "node:child_process";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { needGoProgram } from "@alumiini-internal/test-support/go/program";
import { expect, onTestFinished, test } from "vitest";
import { alumiini, dataOfTest, fluxDelivery, type Server, servedInTest } from "./support/alumiini.ts";

const SECRET = "secret";
const TOKEN = "0123456789abcdef0123456789abcdef";
async function started(env: Record<string, string> = {}): Promise<Server & { readonly data: string }> {
  const data = dataOfTest();
  const server = await servedInTest(data, [], { ALUMIINI_FLUX_SECRET: SECRET, ...env });
  return { ...server, data };
}

/** The status of an answer; a connection that the server closed while it was sent to is 413, too. */
async function statusOf(url: string, body: string, headers: Record<string, string> = {}): Promise<number> {
  const init = { method: "POST", body, headers: { "content-type": "application/json", ...headers } };
  const response = await fetch(url, init).catch(() => undefined);
  await response?.arrayBuffer().catch(() => undefined);
  return response?.status ?? 413;
}

test("bodies that are too large, signatures and tokens that are wrong are refused, and the next delivery is taken", async () => {
  const { url, log } = await started({ ALUMIINI_TOKEN: TOKEN });
  const large = "x".repeat(20_000_000);
  expect(await statusOf(`${url}/flux`, large)).toBe(413);
  expect(await statusOf(`${url}/session`, large)).toBe(413);
  expect(await statusOf(`${url}/backfill`, "x".repeat(70_000_000), { authorization: `Bearer ${TOKEN}` })).toBe(413);
  expect(await statusOf(`${url}/backfill`, "{}", { authorization: "Bearer wrong" })).toBe(401);
  const { body } = fluxDelivery("checkout", SECRET, true);
  for (const signature of [
    `sha256=${"0".repeat(64)}`,
    "sha1=00",
    "sha256=",
    "\u00e9",
    `sha256=${"0".repeat(60_000)}`,
  ]) {
    expect([400, 401, 413, 431], signature.slice(0, 20)).toContain(
      await statusOf(`${url}/flux`, body, { "x-signature": signature }),
    );
  }
  expect((await fetch(`${url}/flux`, fluxDelivery("checkout", SECRET, true))).status).toBe(200);
  expect(log()).not.toContain(TOKEN);
});

test("connections that send nothing more keep nobody from an answer, nor the server from ending", async () => {
  const server = await started({ ALUMIINI_TOKEN: TOKEN });
  const port = Number(new URL(server.url).port);
  const head = "Host: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{";
  const beginnings = [
    "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n",
    `POST /flux HTTP/1.1\r\n${head}`,
    `POST /session HTTP/1.1\r\n${head}`,
  ];
  const sockets: Socket[] = [];
  for (let index = 0; index < 300; index++) {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    socket.write(beginnings[index % beginnings.length] ?? "");
    sockets.push(socket);
  }
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  await expect.poll(() => sockets.every(({ bytesWritten }) => bytesWritten > 0)).toBe(true);
  expect((await fetch(`${server.url}/flux`, fluxDelivery("checkout", SECRET, true))).status).toBe(200);
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  expect(await server.stop()).toBe(0);
});

test("SIGTERM under load: what was answered is stored, and it ends with 0", async () => {
  const server = await started();
  const answered: string[] = [];
  let stopping: Promise<number | null> | undefined;
  const sent = Array.from({ length: 300 }, async (_, index) => {
    const revision = index.toString(16).padStart(40, "0");
    const delivery = fluxDelivery(`repo-${index % 20}`, SECRET, false, { revision });
    const response = await fetch(`${server.url}/flux`, delivery).catch(() => undefined);
    if (response?.status === 200) answered.push(revision);
    if (answered.length === 50) stopping ??= server.stop();
  });
  await Promise.all(sent);
  expect(await stopping).toBe(0);
  const { out } = await alumiini(["export", "--data", server.data]);
  const kept = new Set(
    out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).revision),
  );
  expect(answered.filter((revision) => !kept.has(revision))).toEqual([]);
  expect(answered.length).toBeGreaterThanOrEqual(50);
});

test("what Flux's own Go module makes and signs arrives", async (context) => {
  const program = needGoProgram(context, join(import.meta.dirname, "../../ingest/test/go"));
  const server = await started();
  const { stdout } = spawnSync(program, [SECRET], { encoding: "utf8" });
  for (const line of stdout.trim().split("\n")) {
    const { headers, body } = JSON.parse(line);
    const response = await fetch(`${server.url}/flux`, { method: "POST", headers, body: Buffer.from(body, "base64") });
    expect(response.status).toBe(200);
  }
  const { out } = await alumiini(["syncs", "--data", server.data, "--output", "ndjson"]);
  const outcomes = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .map(({ repoName, outcome }) => `${repoName} ${outcome}`);
  expect(outcomes).toEqual(["helmrelease/web succeeded", "kustomization/web failed", "kustomization/web succeeded"]);
});
