import { beforeAll, describe, expect, it } from "vitest";
import { buildApp, type Protocol, runProgram, STACKS } from "./apps/run-app.js";
import { findCollector, startCollector } from "./collector/collector.js";
import { expectDaysOfController } from "./expected.js";
import { startReceiver } from "./otlp/receiver.js";

const PROTOCOLS: readonly Protocol[] = ["http/json", "http/protobuf"];

describe.each(Object.entries(STACKS))("an application on %s", (_, stack) => {
  let program: string;

  beforeAll(async () => {
    program = await buildApp(stack);
  });

  it.each(PROTOCOLS)("exports everything over %s", async (protocol) => {
    await using receiver = await startReceiver();
    expect(await runProgram(stack.node, program, receiver.endpoint, protocol)).toBe("");
    expect([...receiver.received.contentTypes]).toEqual([
      protocol === "http/json" ? "application/json" : "application/x-protobuf",
    ]);
    expectDaysOfController(receiver.received);
  });

  it.for(PROTOCOLS)("exports everything to a real collector over %s", async (protocol, context) => {
    const otelcol = findCollector();
    if (otelcol === undefined) return context.skip("an OpenTelemetry Collector (packages/otel/test/collector)");
    await using receiver = await startReceiver();
    await using collector = await startCollector(otelcol, receiver.endpoint);
    expect(await runProgram(stack.node, program, collector.endpoint, protocol)).toBe("");
    expectDaysOfController(receiver.received);
  });
});

describe("an application whose API is older than ours", () => {
  it("is told so, once, and goes on", async () => {
    const { node } = STACKS["API 1.9, SDK 2 on Node 20"];
    const program = await buildApp(STACKS["API 1.9, SDK 2 on Node 20"], { ourApi: true });
    await using receiver = await startReceiver();
    const said = await runProgram(node, program, receiver.endpoint, "http/json");
    expect(said.trim().split("\n")).toEqual([expect.stringContaining("registered with @opentelemetry/api 1.9.1")]);
    expect(receiver.received.spans.map(({ scope }) => scope)).not.toContain("@alumiini/otel");
  });
});
