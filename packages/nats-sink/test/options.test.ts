import { OptionError } from "@alumiini/core/adapter";
import { describe, expect, it } from "vitest";
import { natsSink } from "../src/index.js";
import { eventWith } from "./support.js";

describe("natsSink", () => {
  const servers = "nats://127.0.0.1:1";

  it.each([
    ["no connection and no servers", {}, '"connection" or `servers` must be given'],
    ["both", { servers, connection: { publish() {}, flush() {}, status() {} } }, "and not both"],
    ["a connection that was not awaited", { connection: Promise.resolve() }, "did you forget `await`?"],
    ["no server", { servers: [] }, '"servers" is empty'],
    ["an unknown mode", { servers, mode: "kafka" }, 'it must be "jetstream" or "core"'],
    ["an unknown content mode", { servers, contentMode: "batch" }, 'it must be "structured" or "binary"'],
    ["a subject with a wildcard", { servers, subject: "alumiini.>" }, "it must be a valid subject"],
    ["a stream without JetStream", { servers, mode: "core", stream: "EVENTS" }, 'needs mode "jetstream"'],
    [
      "a stream with a line break in its name",
      { servers, stream: "EVENTS\r\nX: y" },
      "it must be the name of a stream",
    ],
    ["a prefix with a space", { servers, inboxPrefix: "my inbox" }, "it must be a valid subject"],
    ["what all sinks refuse", { servers, maxInFlight: 0 }, '"maxInFlight" is 0'],
    ["a misspelt option", { servers, stram: "EVENTS" }, 'option "stram" is unknown; did you mean "stream"?'],
    ["a misspelt retry option", { servers, retry: { maxAttemps: 1 } }, 'did you mean "maxAttempts"?'],
    ["types that don't exist", { servers, types: ["sync_paused"] }, 'option "types" is a list; it must be a list of'],
  ])("refuses %s", (_, options, message) => {
    expect(() => Reflect.apply(natsSink, undefined, [options])).toThrow(OptionError);
    expect(() => Reflect.apply(natsSink, undefined, [options])).toThrow(message);
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
