import { createTelemetry } from "@alumiini/core";
import { describe, expect, it } from "vitest";
import { createSink, eventMessages } from "../src/index.js";

const repository = { repoName: "my-app", namespace: "team-a", trigger: "poll" } as const;

function setUp({ maxBatchBytes = 1_000_000 } = {}) {
  const encoded: string[] = [];
  const telemetry = createTelemetry({ clusterId: "test", onFailure: () => {} });
  let onDeadLetter = () => {};
  const sink = createSink({
    name: "busy",
    transport: { send: async (batch) => batch.map(() => ({ status: "delivered" })) },
    messages: eventMessages({
      key: (event) => {
        encoded.push(event.commit ?? "");
        return event.repoName;
      },
    }),
    maxBatchBytes,
    onDeadLetter: () => onDeadLetter(),
    onFailure: () => {},
  });
  telemetry.subscribe(sink);
  const emit = (commit: string | number) => telemetry.emit("sync_started", { ...repository, commit: `${commit}` });
  const atDeadLetter = (run: () => void) => {
    onDeadLetter = run;
  };
  return { telemetry, sink, encoded, emit, atDeadLetter };
}

describe("what a sink does of an event", () => {
  it("is done when the code that emitted it has run", async () => {
    const { telemetry, encoded, emit } = setUp();
    emit("a");
    emit("b");
    expect(encoded).toEqual([]);
    await Promise.resolve();
    expect(encoded).toEqual(["a", "b"]);
    await telemetry.close();
  });

  it.each(["stats", "flush", "close"] as const)("is done before %s answers", async (method) => {
    const { sink, encoded, emit } = setUp();
    emit("a");
    const answer = sink[method]();
    expect(encoded).toEqual(["a"]);
    await answer;
    expect(sink.stats().accepted).toBe(1);
    await sink.close();
  });

  it("is done at once for many, in their order", async () => {
    const { telemetry, encoded, emit } = setUp();
    const commits = Array.from({ length: 600 }, (_, index) => `${index}`);
    for (const commit of commits) emit(commit);
    expect(encoded).toEqual(commits.slice(0, 512));
    await Promise.resolve();
    expect(encoded).toEqual(commits);
    await telemetry.close();
  });

  it("keeps what it causes behind what was there", async () => {
    const { telemetry, encoded, emit, atDeadLetter } = setUp({ maxBatchBytes: 1 });
    atDeadLetter(() => {
      atDeadLetter(() => {});
      emit("caused");
    });
    emit("a");
    emit("b");
    await telemetry.flush();
    expect(encoded).toEqual(["a", "b", "caused"]);
    await telemetry.close();
  });

  it.each([1, 2])("is cut off where each event causes %d more", async (more) => {
    const { telemetry, sink, emit, atDeadLetter } = setUp({ maxBatchBytes: 1 });
    atDeadLetter(() => {
      for (let count = 0; count < more; count++) emit("another");
    });
    emit("first");
    const { accepted, dropped } = sink.stats();
    expect(telemetry.stats().subscribers[0]?.dropped.feedback).toBeGreaterThan(0);
    expect(dropped.too_large).toBe(accepted);
    await telemetry.close();
    expect(sink.stats()).toMatchObject({ accepted, pending: 0 });
  });
});
