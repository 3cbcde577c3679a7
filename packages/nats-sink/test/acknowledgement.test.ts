import { describe, expect, it } from "vitest";
import { readAcknowledgement } from "../src/ack-inbox.js";

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
