import { cloudEventsConformance } from "@alumiini/delivery/testing";
import { describe, expect, it } from "vitest";
import { NATS_BINDING } from "../src/nats-sink.js";
import { HeaderBlocks, headerLines } from "../src/publisher.js";

describe("a CloudEvent in a message", () => {
  const bind: Parameters<typeof cloudEventsConformance>[0]["bind"] = (event, mode) => NATS_BINDING[mode](event);
  const contentTypeHeader = "ce-datacontenttype";
  const fixture = { prefix: "ce-", contentTypeHeader, structuredHeader: "Content-Type", percentEncoded: true, bind };
  for (const { name, run } of cloudEventsConformance(fixture)) it(name, run);
});

describe("header values", () => {
  it("make a header block that ends with an empty line", () => {
    const blocks = new HeaderBlocks(
      [
        { id: "a b", headers: {} },
        { id: "c", headers: { a: "ä" } },
        { id: "d", headers: { "Content-Type": "text/plain" } },
      ],
      headerLines({ "Nats-Expected-Stream": "EVENTS" }),
    );
    expect([0, 1, 2].map((index) => new TextDecoder().decode(blocks.at(index).encode()))).toEqual([
      "NATS/1.0\r\nNats-Msg-Id: a%20b\r\nNats-Expected-Stream: EVENTS\r\n\r\n",
      "",
      "NATS/1.0\r\nNats-Msg-Id: d\r\nNats-Expected-Stream: EVENTS\r\nContent-Type: text/plain\r\n\r\n",
    ]);
  });

  it.each([{ "a:b": "" }, { "a b": "" }, { "": "" }, { a: "\r\nb: c" }, { a: "ä" }])("refuse %j", (headers) => {
    expect(() => headerLines(headers)).toThrow(TypeError);
  });
});
