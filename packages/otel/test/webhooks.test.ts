import { SpanKind } from "@opentelemetry/api";
import { beforeAll, describe, expect, it } from "vitest";
import { attachOtel, base, first, useAsyncContext } from "./support.js";

beforeAll(useAsyncContext);

const pushed = { repoName: "my-app", namespace: "default", provider: "github", durationMs: 3 } as const;
const webhookSync = { ...base, trigger: "webhook" } as const;

describe("a webhook and the sync that follows", () => {
  it("are two traces, joined by a link that is there when the sync is sampled", () => {
    const { telemetry, spans, logs } = attachOtel();
    telemetry.emit("webhook_received", pushed);
    telemetry.start("sync", webhookSync).complete();
    const [webhook, sync] = spans();
    expect(first(logs()).spanContext?.spanId).toBe(webhook?.spanContext().spanId);
    expect(webhook).toMatchObject({ name: "webhook github", kind: SpanKind.SERVER });
    expect(webhook?.attributes).toMatchObject({ "alumiini.webhook.provider": "github" });
    expect(sync?.parentSpanContext).toBeUndefined();
    expect(sync?.links).toMatchObject([
      {
        context: webhook?.spanContext(),
        attributes: { "alumiini.event.id": webhook?.attributes["alumiini.event.id"] },
      },
    ]);
  });

  it("are linked to the request's own span, where the user's HTTP server has one", async () => {
    const { telemetry, spans, tracerProvider } = attachOtel();
    const http = tracerProvider.getTracer("http");
    await http.startActiveSpan("POST /webhook", async (request) => {
      telemetry.emit("webhook_received", pushed);
      // Fired and forgotten within the request: still no child of it.
      const syncing = telemetry.run("sync", webhookSync, async () => {});
      request.end();
      await syncing;
    });
    const request = spans().find(({ name }) => name === "POST /webhook");
    const sync = spans().find(({ name }) => name === "SYNC my-app");
    expect(spans()).toHaveLength(2);
    expect(sync?.links.map(({ context }) => context.spanId)).toEqual([request?.spanContext().spanId]);
    expect(sync?.spanContext().traceId).not.toBe(request?.spanContext().traceId);
  });

  it("are two for each sync: none is linked to a request long gone, in which the loop began", async () => {
    const { telemetry, spans, tracerProvider } = attachOtel();
    await tracerProvider.getTracer("http").startActiveSpan("POST /webhook", async (request) => {
      telemetry.emit("webhook_received", pushed);
      const loop = async () => {
        for (let count = 0; count < 3; count++) {
          await Promise.resolve();
          telemetry.start("sync", webhookSync).complete();
        }
      };
      const looping = loop();
      request.end();
      await looping;
    });
    expect(spans().flatMap(({ name, links }) => (name === "SYNC my-app" ? [links.length] : []))).toEqual([1, 0, 0]);
  });

  it("are joined by what the caller says, where the webhook waits for its sync", () => {
    const { telemetry, spans, tracerProvider } = attachOtel();
    tracerProvider.getTracer("http").startActiveSpan("POST /webhook", (request) => {
      const { traceId, spanId } = request.spanContext();
      telemetry.start("sync", { ...webhookSync, traceId, spanId }).complete();
      request.end();
    });
    const [sync, request] = spans();
    expect(sync?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
    expect(sync?.links).toEqual([]);
  });

  it("belong to the same repository", () => {
    const { telemetry, spans } = attachOtel();
    telemetry.emit("webhook_received", { ...pushed, namespace: "other" });
    telemetry.emit("webhook_received", { ...pushed, repoName: "other" });
    telemetry.emit("webhook_received", { ...pushed, outcome: "failure" });
    telemetry.start("sync", base).complete();
    telemetry.start("sync", webhookSync).complete();
    expect(spans().filter(({ name }) => name === "SYNC my-app")).toMatchObject([{ links: [] }, { links: [] }]);
  });

  it("has a sync linked to all the webhooks that it coalesces, once", () => {
    const { telemetry, spans } = attachOtel();
    for (let count = 0; count < 3; count++) telemetry.emit("webhook_received", pushed);
    telemetry.start("sync", webhookSync).complete();
    telemetry.start("sync", webhookSync).complete();
    const syncs = spans().filter(({ name }) => name === "SYNC my-app");
    expect(syncs.map(({ links }) => links.length)).toEqual([3, 0]);
  });

  it("is refused without a trace, but with a log event", () => {
    const { telemetry, spans, logs } = attachOtel();
    telemetry.emit("webhook_received", { ...pushed, repoName: "unknown", errorType: "auth" });
    expect(spans()).toEqual([]);
    expect(first(logs()).eventName).toBe("alumiini.webhook.received");
  });

  it("is one of a storm, which takes no more memory than a breeze", () => {
    const { telemetry, spans, otel } = attachOtel();
    for (let count = 0; count < 3000; count++)
      telemetry.emit("webhook_received", { ...pushed, repoName: `app-${count}` });
    for (let count = 0; count < 1000; count++) telemetry.emit("webhook_received", pushed);
    expect(otel.stats().droppedLinks).toBe(2001 + 968);
    telemetry.start("sync", webhookSync).complete();
    const all = spans();
    const sync = all.at(-1);
    const newest = all.slice(-33, -1).map((span) => span.spanContext().spanId);
    expect(sync?.links.map(({ context }) => context.spanId)).toEqual(newest);
  });
});
