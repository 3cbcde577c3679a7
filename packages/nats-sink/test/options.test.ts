import { describe, expect, it } from "vitest";
import { natsSink } from "../src/index.js";
import { eventWith } from "./support.js";

describe("natsSink", () => {
  const servers = "nats://127.0.0.1:1";

  it.each([
    ["no connection and no servers", {}],
    ["both", { servers, connection: {} }],
    ["a connection that was not awaited", { connection: Promise.resolve() }],
    ["no server", { servers: [] }],
    ["an unknown mode", { servers, mode: "kafka" }],
    ["an unknown content mode", { servers, contentMode: "batch" }],
    ["a subject with a wildcard", { servers, subject: "alumiini.>" }],
    ["a stream without JetStream", { servers, mode: "core", stream: "EVENTS" }],
    ["a stream with a line break in its name", { servers, stream: "EVENTS\r\nX: y" }],
    ["a prefix with a space", { servers, inboxPrefix: "my inbox" }],
    ["what all sinks refuse", { servers, maxInFlight: 0 }],
  ])("refuses %s", (_, options) => {
    expect(() => Reflect.apply(natsSink, undefined, [options])).toThrow(TypeError);
  });

  it("counts an event for which `subject` answers nothing", async () => {
    const failures: string[] = [];
    const options = {
      servers,
      subject: () => undefined,
      onFailure: ({ kind }: { kind: string }) => failures.push(kind),
    };
    const sink = Reflect.apply(natsSink, undefined, [options]);
    sink.handle(eventWith());
    expect(sink.stats()).toMatchObject({ accepted: 1, dropped: { encode_failed: 1 } });
    expect(failures).toContain("encode_failed");
    await sink.close();
  });
});
