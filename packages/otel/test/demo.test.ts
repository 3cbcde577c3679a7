import { needProgram } from "@alumiini-internal/test-support/programs";
import { beforeAll, describe, expect, it } from "vitest";
import { buildDemo, runProgram, STACKS } from "./apps/run-app.js";
import { findCollector, startCollector } from "./collector/collector.js";
import type { ReceivedSpan } from "./otlp/decode.js";
import { type Received, startReceiver } from "./otlp/receiver.js";

const STACK = STACKS["API 1.10, SDK 3 on Node 24"];

/** Each trace on a line: the sync with what triggered it, its steps, `!` before what failed, `<` before what it is linked to. */
function traces(spans: readonly ReceivedSpan[]): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const inOrder = spans.toSorted((a, b) => Number(a.start - b.start));
  const nameOf = ({ name, attributes }: ReceivedSpan) =>
    attributes["error.type"] === undefined ? name : `!${name} (${attributes["error.type"]})`;
  return inOrder
    .filter(({ parentSpanId }) => !byId.has(parentSpanId))
    .map((root) => {
      const steps = inOrder.filter(({ parentSpanId }) => parentSpanId === root.spanId).map(nameOf);
      const links = root.links.map(({ spanId }) => byId.get(spanId)?.name ?? "?");
      const because = root.name.startsWith("SYNC") ? ` (${root.attributes["alumiini.sync.trigger"]})` : "";
      const from = links.length > 0 ? ` < ${links.join(", ")}` : "";
      return `${nameOf(root)}${because}${from}${steps.length > 0 ? `: ${steps.join(", ")}` : ""}`;
    });
}

function expectDemo({ spans, logs, metrics }: Received): void {
  expect(traces(spans)).toEqual([
    "SYNC shop (startup): git clone, apply",
    "webhook github",
    "SYNC shop (webhook) < webhook github: git fetch, apply",
    "SYNC shop (poll): git fetch",
    "SYNC shop (reconcile): git fetch, apply",
    "webhook gitlab",
    "!SYNC shop (parse_error) (webhook) < webhook gitlab: git fetch",
    "webhook github",
    "!SYNC shop (apply_error) (webhook) < webhook github: git fetch, !apply (validation)",
    "webhook bitbucket",
    "SYNC shop (webhook) < webhook bitbucket: git fetch, apply",
    "!SYNC shop (git_error) (manual): !git fetch (git_error)",
    "SYNC shop (manual): git fetch",
    "!SYNC shop (sync_error) (manual): git fetch",
    "SYNC shop (startup): git fetch, apply",
  ]);
  const names = new Map(spans.map(({ spanId, name }) => [spanId, name]));
  expect(logs.map(({ severityText, eventName, spanId }) => [severityText, eventName, names.get(spanId)])).toEqual([
    ["INFO", "alumiini.worker.started", undefined],
    ["INFO", "alumiini.webhook.received", "webhook github"],
    ["WARN", "alumiini.webhook.received", undefined],
    ["WARN", "alumiini.webhook.exception", undefined],
    ["WARN", "alumiini.drift.detected", "SYNC shop"],
    ["INFO", "alumiini.drift.corrected", "SYNC shop"],
    ["INFO", "alumiini.webhook.received", "webhook gitlab"],
    ["ERROR", "alumiini.sync.exception", "SYNC shop"],
    ["INFO", "alumiini.webhook.received", "webhook github"],
    ["ERROR", "alumiini.apply.exception", "apply"],
    ["ERROR", "alumiini.sync.exception", "SYNC shop"],
    ["INFO", "alumiini.webhook.received", "webhook bitbucket"],
    ["ERROR", "alumiini.git.exception", "git fetch"],
    ["ERROR", "alumiini.sync.exception", "SYNC shop"],
    ["ERROR", "alumiini.sync.exception", "SYNC shop"],
    ["ERROR", "alumiini.worker.stopped", undefined],
    ["ERROR", "alumiini.worker.exception", undefined],
    ["INFO", "alumiini.worker.started", undefined],
    ["INFO", "alumiini.worker.stopped", undefined],
  ]);
  const runs = metrics.get("cicd.pipeline.run.duration");
  expect(runs?.unit).toBe("s");
  const results = (runs?.points ?? []).map(({ attributes, value }) => [attributes["cicd.pipeline.result"], value]);
  const total = (result: string) =>
    results.reduce((sum, [name, count]) => sum + (name === result ? Number(count) : 0), 0);
  expect([total("success"), total("failure")]).toEqual([7, 4]);
  expect(metrics.get("alumiini.workers.restarts")?.points.map(({ value }) => value)).toEqual([1]);
  expect(metrics.get("alumiini.worker.memory")?.unit).toBe("By");
}

describe("the demo of the example controller", () => {
  let program: string;

  beforeAll(async () => {
    program = await buildDemo(STACK);
  });

  it("is received as a trace for each sync, with its log events and metrics", async (context) => {
    needProgram(context, "git");
    await using receiver = await startReceiver();
    expect(await runProgram(STACK.node, program, receiver.endpoint, "http/json")).toBe("");
    expectDemo(receiver.received);
  });

  it("is received by a real collector", async (context) => {
    const otelcol = findCollector();
    needProgram(context, "git");
    if (otelcol === undefined) return context.skip("an OpenTelemetry Collector (packages/otel/test/collector)");
    await using receiver = await startReceiver();
    await using collector = await startCollector(otelcol, receiver.endpoint);
    expect(await runProgram(STACK.node, program, collector.endpoint, "http/protobuf")).toBe("");
    expectDemo(receiver.received);
  });
});
