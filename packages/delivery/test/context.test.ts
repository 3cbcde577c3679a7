import { AsyncLocalStorage } from "node:async_hooks";
import { createTelemetry } from "@alumiini/core";
import { describe, expect, it } from "vitest";
import { createDelivery, createSink, type DeliveryOptions, eventMessages, type Transport } from "../src/index.js";
import { message } from "./support.js";

const storage = new AsyncLocalStorage<string>();

/** A transport that notes in which context it is called. */
function noting() {
  const seen = new Map<string, Set<string | undefined>>();
  const note = (what: string) => {
    const contexts = seen.get(what) ?? new Set();
    contexts.add(storage.getStore());
    seen.set(what, contexts);
  };
  let sends = 0;
  const transport: Transport = {
    connect: async () => note("connect"),
    send: async (batch) => {
      note("send");
      // The first fails, so that a timer has to end.
      if (sends++ === 0) throw new Error("busy");
      await Promise.resolve();
      note("after send");
      return batch.map(({ id }) =>
        id === "refused" ? { status: "rejected", error: new Error("no") } : { status: "delivered" },
      );
    },
    close: async () => note("close"),
  };
  const options: DeliveryOptions = {
    lingerMs: 1,
    retry: { initialDelayMs: 1, maxDelayMs: 1 },
    onFailure: () => note("onFailure"),
    onDeadLetter: () => note("onDeadLetter"),
  };
  return { transport, options, seen, note };
}

describe("what the runtime does", () => {
  it("is outside of the context of the code that emitted, flushed, closed, or made the sink", async () => {
    const { transport, options, seen, note } = noting();
    const messages = eventMessages({
      key: ({ repoName }) => {
        note("encode");
        return repoName;
      },
    });
    const sink = storage.run("maker", () => createSink({ name: "x", transport, messages, ...options }));
    const telemetry = createTelemetry({ clusterId: "test" });
    telemetry.subscribe(sink);
    for (const sync of ["sync 1", "sync 2", "sync 3"]) {
      await storage.run(sync, async () => {
        telemetry.emit("worker_started", { repoName: sync, namespace: "default" });
        await new Promise((resolve) => setTimeout(resolve, 5));
        expect(storage.getStore(), "the caller keeps its own").toBe(sync);
      });
    }
    await storage.run("flusher", async () => {
      await sink.flush();
      expect(storage.getStore()).toBe("flusher");
      telemetry.emit("worker_started", { repoName: "last", namespace: "default" });
      sink.stats();
      await sink.flush();
    });
    await storage.run("closer", () => sink.close());
    for (const what of ["connect", "encode", "send", "after send", "onFailure", "close"]) {
      expect([what, ...(seen.get(what) ?? ["never"])]).toEqual([what, undefined]);
    }
  });

  it("is outside of it without a sink around it, too", async () => {
    const { transport, options, seen } = noting();
    const delivery = storage.run("maker", () => createDelivery({ name: "x", transport, ...options }));
    storage.run("sync", () => {
      delivery.accept(message("first"));
      delivery.accept(message("refused"));
    });
    await storage.run("flusher", () => delivery.flush());
    await storage.run("closer", () => delivery.close());
    for (const what of ["connect", "send", "after send", "onFailure", "onDeadLetter", "close"]) {
      expect([what, ...(seen.get(what) ?? ["never"])]).toEqual([what, undefined]);
    }
  });
});
