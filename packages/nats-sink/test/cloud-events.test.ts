import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cloudEventsBinding } from "../src/cloud-events.js";
import { headerLines, headerValue, messageHeaders } from "../src/headers.js";

const event = {
  specversion: "1.0",
  id: "01JD",
  source: "https://controller.example/prod",
  type: "dev.cdevents.pipelinerun.finished.0.2.0",
  subject: 'a "b" c',
  datacontenttype: "application/json",
  traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  data: { context: { id: "01JD" } },
} as const;

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe("structured mode", () => {
  it("carries the whole event as JSON", () => {
    const { headers, body } = cloudEventsBinding("structured")(event);
    expect(headers).toEqual({ "Content-Type": "application/cloudevents+json; charset=UTF-8" });
    expect(JSON.parse(decode(body))).toEqual(event);
  });
});

describe("binary mode", () => {
  it("carries attributes in ce- headers, datacontenttype too, and only the data in the body", () => {
    const { headers, body } = cloudEventsBinding("binary")(event);
    expect(headers).toEqual({
      "ce-specversion": "1.0",
      "ce-id": "01JD",
      "ce-source": "https://controller.example/prod",
      "ce-type": "dev.cdevents.pipelinerun.finished.0.2.0",
      "ce-subject": "a%20%22b%22%20c",
      "ce-datacontenttype": "application/json",
      "ce-traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    });
    expect(JSON.parse(decode(body))).toEqual(event.data);
  });

  it("has an empty body without data, and leaves out attributes without a value", () => {
    const { specversion, id, source, type } = event;
    const { headers, body } = cloudEventsBinding("binary")({ specversion, id, source, type, extension: null });
    expect(body).toHaveLength(0);
    expect(Object.keys(headers)).toEqual(["ce-specversion", "ce-id", "ce-source", "ce-type"]);
  });

  it("throws at an attribute that would forge a header", () => {
    expect(() => cloudEventsBinding("binary")({ ...event, "x\r\nNats-Msg-Id": "y" })).toThrow(TypeError);
  });
});

describe("header values", () => {
  it("stay on one line of visible ASCII and decode to what they were", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(headerValue(text)).toMatch(/^[!-~]*$/);
        expect(decodeURIComponent(headerValue(text))).toBe(text);
      }),
    );
  });

  it("make a header block that ends with an empty line", () => {
    const block = decode(messageHeaders("a b", headerLines({ "Nats-Expected-Stream": "EVENTS" })).encode());
    expect(block).toBe("NATS/1.0\r\nNats-Msg-Id: a%20b\r\nNats-Expected-Stream: EVENTS\r\n\r\n");
  });

  it.each([{ "a:b": "" }, { "a b": "" }, { "": "" }, { a: "\r\nb: c" }, { a: "ä" }])("refuse %j", (headers) => {
    expect(() => headerLines(headers)).toThrow(TypeError);
  });
});
