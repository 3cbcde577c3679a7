import { OptionError } from "@alumiini/core/adapter";
import { describe, expect, it } from "vitest";
import { resolveOptions as jetStream } from "../src/consume/jetstream/options.js";
import { duckdbStore, openHistory, postgresStore } from "../src/index.js";

/** Calls as JavaScript may make them. */
const call = (make: (options: never) => unknown, options: unknown) => () => make(options as never);

describe("options that can't be used", () => {
  const connection = { request: () => {}, subscribe: () => {} };
  const cases: [string, () => unknown][] = [
    ['duckdbStore: option "path" is missing', call(duckdbStore, {})],
    [
      'duckdbStore: option "threads" is 0; it must be a whole number from 1',
      call(duckdbStore, { path: "a", threads: 0 }),
    ],
    ['option "readonly" is unknown; did you mean "readOnly"?', call(duckdbStore, { path: "a", readonly: true })],
    [
      'postgresStore: option "schema" is "Public"; it must be',
      call(postgresStore, { connectionString: "x", schema: "Public" }),
    ],
    [
      'option "maxReaders" is 101; it must be a whole number from 1 to 100',
      call(postgresStore, { connectionString: "x", maxReaders: 101 }),
    ],
    ['consumeJetStream: option "durable" is "a.b"', call(jetStream, { connection, stream: "S", durable: "a.b" })],
    [
      'consumeJetStream: option "ackWaitMs" is 0',
      call(jetStream, { connection, stream: "S", durable: "d", ackWaitMs: 0 }),
    ],
    ['consumeJetStream: option "connection" is missing', call(jetStream, { stream: "S", durable: "d" })],
  ];

  it.each(cases)("%s", (message, make) => {
    expect(make).toThrow(message);
    expect(make).toThrow(OptionError);
  });

  it("never show the connection string", () => {
    const make = call(postgresStore, { connectionString: 12345, schema: "a" });
    expect(make).toThrow('postgresStore: option "connectionString" is a number');
    expect(make).not.toThrow("12345");
  });

  it("are those of openHistory, too", async () => {
    const store = duckdbStore({ path: "never-opened" });
    await expect(openHistory({ store, maxDelayMs: -1 })).rejects.toThrow('openHistory: option "maxDelayMs" is -1');
    await expect(call(openHistory, {})()).rejects.toThrow("what duckdbStore() or postgresStore() returns");
  });
});
