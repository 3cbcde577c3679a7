import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runProgram, STACKS } from "./apps/run-app.js";
import { startReceiver } from "./otlp/receiver.js";

const EXAMPLE = join(import.meta.dirname, "../../../examples/otel/src/main.ts");
const { node } = STACKS["API 1.10, SDK 3 on Node 24"];

describe("examples/otel", () => {
  it("sends the trace of its sync, its metrics and its resource", async () => {
    await using receiver = await startReceiver();
    expect(await runProgram(node, EXAMPLE, receiver.endpoint, "http/protobuf")).toBe("");
    const { spans, metrics } = receiver.received;
    expect(spans.map(({ name }) => name)).toEqual(["git fetch", "apply", "SYNC my-app"]);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(spans[0]?.resource).toMatchObject({ "service.name": "alumiini", "k8s.pod.name": "alumiini-controller-xyz" });
    expect([...metrics.keys()]).toContain("cicd.pipeline.run.duration");
  });
});
