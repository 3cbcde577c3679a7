import { describe, expect, it } from "vitest";
import { AckInbox, readAcknowledgement } from "../src/ack-inbox.js";
import { BatchAttempt } from "../src/batch-attempt.js";
import { messageWith } from "./support.js";

const subject = "alumiini.events.c.n.r.sync_started";

function read(answer: unknown, stream?: string) {
  const text = typeof answer === "string" ? answer : JSON.stringify(answer);
  return readAcknowledgement({ subject: "_INBOX.x.1", data: new TextEncoder().encode(text) }, subject, stream);
}

const refusal = (err_code: number, code: number, description: string) => ({
  error: { err_code, code, description },
  stream: "",
  seq: 0,
});

describe("an acknowledgement", () => {
  it.each([
    { stream: "EVENTS", seq: 1 },
    { stream: "EVENTS", seq: 7, duplicate: true, domain: "hub" },
  ])("counts as delivered: %j", (answer) => {
    expect(read(answer)).toEqual({ status: "delivered" });
  });
});

describe("acknowledgements one after the other", () => {
  const stored = { status: "delivered" };
  const notStored = { status: "retry" };

  it.each([
    ['{"stream":"EVENTS", "seq":1}', stored],
    ['{"stream":"EVENTS", "seq":10234}', stored],
    ['{"stream":"OTHER", "seq":10235}', stored],
    ['{"stream":"EVENTS", "domain":"hub", "seq":10236, "duplicate": true}', stored],
    ['{"stream":"EVENTS", "seq":}', notStored],
    ['{"stream":"EVENTS", "seq":12', notStored],
    ['{"stream":"EVENTS", "seq":12,}', notStored],
    ['{"stream":"EVENTS", "seq":1x2}', notStored],
    ['{"stream":"EVENTS"}', notStored],
    [
      '{"error":{"code":503,"err_code":10077,"description":"maximum bytes exceeded"},"stream":"EVENTS","seq":0}',
      notStored,
    ],
    ["2}", notStored],
  ])("are each read for themselves: %s", async (text, expected) => {
    const texts = [
      '{"stream":"EVENTS", "seq":7}',
      text,
      '{"stream":"EVENTS", "seq":8}',
      '{"error":{"err_code":10077}}',
    ];
    const attempt = new BatchAttempt(texts.map((_, index) => messageWith({ id: `m${index}` })));
    const inbox = new AckInbox(undefined);
    inbox.open("_INBOX");
    const prefix = inbox.expect(attempt);
    for (const [index, answer] of texts.entries()) {
      inbox.take({ subject: prefix + index, data: new TextEncoder().encode(answer) });
    }
    const results = [stored, expected, stored, notStored];
    expect(await attempt.results).toEqual(results.map((result) => expect.objectContaining(result)));
  });
});

describe("a refusal", () => {
  it.each([10054, 10097])("for size is final (%i)", (code) => {
    expect(read(refusal(code, 400, "message size exceeds maximum allowed"))).toMatchObject({
      status: "rejected",
      error: { message: expect.stringContaining(`message size exceeds maximum allowed (${code})`) },
    });
  });

  it("for the stream's limits is tried again", () => {
    expect(read(refusal(10077, 503, "maximum messages exceeded"))).toMatchObject({
      status: "retry",
      error: { message: expect.stringContaining("maximum messages exceeded (10077); raise its limits") },
    });
  });

  it("for the wrong stream says which", () => {
    expect(read(refusal(10060, 400, "expected stream does not match"), "EVENTS")).toMatchObject({
      status: "retry",
      error: { message: expect.stringContaining(`${subject} belongs to another stream than EVENTS`) },
    });
  });

  it.each([10002, 10008, 10047, 10109, 99999])("that may pass is tried again (%i)", (code) => {
    expect(read(refusal(code, 500, "for a reason"))).toMatchObject({ status: "retry" });
  });
});

describe("no responders", () => {
  it("means that no stream takes the subject", () => {
    const reply = { subject: "_INBOX.x.1", data: new Uint8Array(), headers: { code: 503, description: "" } };
    for (const stream of [undefined, "EVENTS"]) {
      expect(readAcknowledgement(reply, subject, stream)).toMatchObject({
        status: "retry",
        error: { message: expect.stringMatching(/stream.*take.*create one with ensureStream/) },
      });
    }
  });
});

describe("an answer that is no acknowledgement", () => {
  it.each(["", "ok", "null", "[]", "{}", '{"stream":1,"seq":1}', '{"stream":"EVENTS"}'])(
    "never counts: %j",
    (answer) => {
      expect(read(answer)).toMatchObject({
        status: "retry",
        error: { message: `the responder on ${subject} is not JetStream` },
      });
    },
  );
});
