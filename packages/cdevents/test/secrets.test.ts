import { inspect } from "node:util";
import { afterEach, expect, it } from "vitest";
import { redactResponse } from "../src/http/redact-response.js";
import { type HttpSinkOptions, httpSink } from "../src/http.js";
import { eventOf } from "./support/events.js";
import { type Behaviour, startReceiver } from "./support/receiver.js";

const open: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const { stop } of open.splice(0)) await stop();
});

/** All that is said of one event that the receiver refuses, or that can't be sent. */
async function said(behave: Behaviour, options: Partial<HttpSinkOptions>, credentials = ""): Promise<string> {
  const receiver = await startReceiver(behave);
  const reports: unknown[] = [];
  const sink = httpSink({
    url: receiver.url.replace("//", `//${credentials}`),
    // With one message alone an outage is assumed: only its age ends it.
    retry: { initialDelayMs: 1, maxAgeMs: 100 },
    onFailure: (failure) => reports.push(failure),
    onDeadLetter: (_message, reason, error) => reports.push(reason, error),
    ...options,
  });
  open.push({ stop: () => sink.close(AbortSignal.abort()) }, receiver);
  sink.handle(eventOf("worker_started"));
  await sink.flush();
  expect(reports).not.toEqual([]);
  return inspect([reports, sink.stats()], { depth: 10 });
}

/** Tells the sender what it sent, in all the ways that a careless receiver may. */
const echo =
  (status: number): Behaviour =>
  ({ headers }, response) => {
    const sent = `${headers.authorization} ${headers["x-api-key"]}`;
    const [, basic = ""] = sent.split(" ");
    response.writeHead(status).end(`${" ".repeat(150)}who are you? ${sent} ${basic} (${atob(basic)})`);
  };

it.each([400, 500])("what a receiver repeats of the credentials is not shown (%i)", async (status) => {
  const text = await said(echo(status), { headers: { "X-Api-Key": "plain5678" } }, "user:s3cr%40t@");
  expect(text).toContain("who are you?");
  expect(text).not.toMatch(/s3cr|plain5678/);
  expect(text).not.toContain(btoa("user:s3cr@t"));
});

it("a header that can't be sent is not shown, neither is the error's cause", async () => {
  const text = await said(echo(204), { headers: { "x-api-key": "plain\n5678" } });
  expect(text).toContain("is an invalid header value");
  expect(text).not.toMatch(/plain|5678/);
});

it("a fetch that shows the URL shows no path that is a secret", async () => {
  const failing = (url: string) => Promise.reject(new Error(`request to ${url} failed`));
  const text = await said(echo(204), { url: "http://hooks.invalid/services/T0/plain5678", fetch: failing });
  expect(text).toContain("request to [redacted] failed");
  expect(text).not.toContain("plain5678");
});

it("what is short or was not sent stays", () => {
  expect(redactResponse("is a bad token", "http://host/", { "x-kind": "a" })).toBe("is a bad token");
});
