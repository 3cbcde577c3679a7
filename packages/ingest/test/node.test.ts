import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import { connect } from "node:net";
import { until } from "@alumiini-internal/test-support/until";
import { Hono } from "hono";
import { afterEach, describe, expect, it } from "vitest";
import { nodeListener } from "../src/http/node.js";
import { flux, hmacSha256, type IngestOptions, ingestHandler } from "../src/index.js";
import { fluxText, isBalanced, sign } from "./support/requests.js";
import { Store, telemetryOf } from "./support/target.js";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(options: Partial<IngestOptions> = {}) {
  const store = new Store();
  const verify = hmacSha256({ header: "x-signature", secrets: "secret" });
  const sources = { "/flux": { map: flux, verify } };
  const handler = ingestHandler({ sources, to: telemetryOf(store), durable: [store], ...options });
  const server = createServer(nodeListener(handler));
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { store, handler, port, base: `http://127.0.0.1:${port}` };
}

const post = (url: string, text: string, signature = sign(text, "secret")) =>
  fetch(url, { method: "POST", body: text, headers: { "content-type": "application/json", "x-signature": signature } });

describe("nodeListener", () => {
  it("takes deliveries over real HTTP", async () => {
    const { store, handler, base } = await listen();
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => post(`${base}/flux`, fluxText(index))));
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
    expect(store.taken).toHaveLength(50);
    expect((await post(`${base}/flux`, fluxText(99), "sha256=00")).status).toBe(401);
    expect((await post(`${base}/other`, "{}")).status).toBe(404);
    expect((await fetch(`${base}/flux`)).status).toBe(405);
    expect(isBalanced(handler.stats())).toBe(true);
  });

  it("takes bodies in pieces, bytes above ASCII included", async () => {
    const { store, port } = await listen();
    const text = fluxText(1, { reason: "ReconciliationFailed", severity: "error", message: "äöå 💥 \u2028" });
    const bytes = Buffer.from(text);
    const headers = { "content-type": "application/json", "X-Signature": sign(text, "secret") };
    const sent = request({ host: "127.0.0.1", port, path: "/flux", method: "POST", headers });
    for (let at = 0; at < bytes.length; at += 7) sent.write(bytes.subarray(at, at + 7));
    sent.end();
    const [response] = await once(sent, "response");
    expect(response.statusCode).toBe(200);
    response.resume();
    expect(store.taken[0]).toMatchObject({ errorMessage: "äöå 💥 \u2028" });
  });

  it("answers 413 before all of a large body has come", async () => {
    const { handler, base } = await listen({ maxBodyBytes: 1000 });
    expect((await post(`${base}/flux`, "x".repeat(100_000))).status).toBe(413);
    expect(handler.stats().rejected).toEqual({ too_large: 1 });
    expect((await post(`${base}/flux`, fluxText(1))).status).toBe(200);
  });

  it("counts a sender that goes away in the middle", async () => {
    const { handler, port } = await listen();
    const socket = connect(port, "127.0.0.1");
    socket.write("POST /flux HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{");
    await until(() => handler.stats().inProgress === 1);
    socket.destroy();
    await until(() => handler.stats().inProgress === 0);
    expect(handler.stats().rejected).toEqual({ incomplete: 1 });
    expect(isBalanced(handler.stats())).toBe(true);
  });

  it("gives up a sender that hangs", async () => {
    const { handler, port } = await listen({ bodyTimeoutMs: 50 });
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write("POST /flux HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{");
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 408 /);
    socket.destroy();
    expect(handler.stats().rejected).toEqual({ timeout: 1 });
  });

  it.each([
    ["an address as its target", "POST http://evil.example/flux HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}"],
    ["no path", "POST * HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}"],
    ["a host that is none", "POST //flux HTTP/1.1\r\nhost: :::/?#\r\ncontent-length: 2\r\n\r\n{}"],
    ["an unusual method", "TRACE /flux HTTP/1.1\r\nhost: x\r\n\r\n"],
    [
      "many headers of one name",
      `POST /flux HTTP/1.1\r\nhost: x\r\n${"x-signature: a\r\n".repeat(50)}content-length: 2\r\n\r\n{}`,
    ],
  ])("answers a request with %s", async (_what, text) => {
    const { handler, port } = await listen();
    const socket = connect(port, "127.0.0.1");
    socket.write(text);
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 4\d\d /);
    socket.destroy();
    expect(isBalanced(handler.stats())).toBe(true);
  });

  it("answers for a Fetch handler, too", async () => {
    const server = createServer(nodeListener(async (request) => new Response(await request.text(), { status: 201 })));
    servers.push(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const response = await fetch(`http://127.0.0.1:${port}/any`, { method: "POST", body: "said" });
    expect([response.status, await response.text()]).toEqual([201, "said"]);
  });

  it("runs in Hono", async () => {
    const store = new Store();
    const verify = hmacSha256({ header: "x-signature", secrets: "secret" });
    const handler = ingestHandler({ sources: { "/flux": { map: flux, verify } }, to: store, clusterId: "test" });
    const app = new Hono().post("/flux", (context) => handler(context.req.raw));
    const text = fluxText(1);
    const response = await app.request("/flux", {
      method: "POST",
      body: text,
      headers: { "content-type": "application/json", "x-signature": sign(text, "secret") },
    });
    expect([response.status, store.taken.length]).toEqual([200, 1]);
  });
});
