import { type AluminiEvent, createTelemetry } from "@alumiini/core";
import { ROOT_CONTEXT } from "@opentelemetry/api";
import { describe, expect, it } from "vitest";
import { LogSink } from "../src/log-sink.js";
import type { LoggerLike } from "../src/logger.js";
import { base } from "./support.js";

/** A sink whose logger is found when `find` is called, and the events to write to it. */
function lateSink(logger: LoggerLike | undefined) {
  const events: AluminiEvent[] = [];
  const telemetry = createTelemetry({ clusterId: "c" });
  telemetry.subscribe({ name: "events", handle: (event) => void events.push(event) });
  let found: { readonly logger: LoggerLike | undefined } | undefined;
  let find = () => {};
  const looking = new Promise<void>((resolve) => {
    find = () => {
      found = { logger };
      resolve();
    };
  });
  const sink = new LogSink({ find: () => (found ? found.logger : looking), provider: () => undefined });
  const write = (repoName: string) => {
    telemetry.emit("worker_started", { ...base, repoName });
    for (const event of events.splice(0)) if (sink.wants(event)) sink.handle(event, ROOT_CONTEXT);
  };
  return { sink, write, find };
}

describe("log events that come before the Logs API was found", () => {
  it("are written when it is, in order", async () => {
    const bodies: string[] = [];
    const { sink, write, find } = lateSink({ emit: ({ body }) => void bodies.push(body) });
    write("a");
    write("b");
    find();
    await sink.flush();
    write("c");
    expect(bodies.map((body) => body.at(-1))).toEqual(["a", "b", "c"]);
    expect(sink.dropped).toBe(0);
  });

  it("come to nothing where there is none", async () => {
    const { sink, write, find } = lateSink(undefined);
    write("a");
    find();
    await sink.flush();
    expect(sink.dropped).toBe(0);
  });

  it("are bounded, and those beyond counted", async () => {
    let written = 0;
    const { sink, write, find } = lateSink({ emit: () => void written++ });
    for (let count = 0; count < 1003; count++) write("a");
    find();
    await sink.flush();
    expect([written, sink.dropped]).toEqual([1000, 3]);
  });

  it("end no process whose logger throws: they are counted", async () => {
    const { sink, write, find } = lateSink({
      emit: ({ body }) => {
        if (body.endsWith("bad")) throw new Error("a processor of the user's");
      },
    });
    for (const name of ["bad", "good", "bad"]) write(name);
    // An unhandled rejection would fail this run.
    find();
    await sink.flush();
    expect(sink.dropped).toBe(2);
  });
});
