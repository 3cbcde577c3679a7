import { readFile, rm, writeFile } from "node:fs/promises";
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
    expect(spans[0]?.resource).toMatchObject({
      "service.name": "alumiini",
      "k8s.pod.name": "alumiini-controller-xyz",
      "telemetry.sdk.name": "opentelemetry",
      "telemetry.sdk.language": "nodejs",
    });
    expect([...metrics.keys()]).toContain("cicd.pipeline.run.duration");
  });
});

describe("the README's first example", () => {
  it("exports its trace before it ends, as it is printed", async () => {
    const readme = await readFile(join(import.meta.dirname, "../README.md"), "utf8");
    const [, printed = ""] = /```ts\n(.*?)```/s.exec(readme) ?? [];
    expect(printed).toContain("otelSubscriber()");
    // Beside an application that has what it imports.
    const program = join(import.meta.dirname, "apps/sdk-3", `readme-${process.pid}.mts`);
    await writeFile(program, printed);
    try {
      await using receiver = await startReceiver();
      expect(await runProgram(node, program, receiver.endpoint, "http/protobuf")).toBe("");
      const { spans } = receiver.received;
      expect(spans.map(({ name }) => name)).toEqual(["git fetch", "apply", "SYNC my-app"]);
      expect(spans[0]?.resource).toMatchObject({
        "service.version": "1.4.0",
        "service.instance.id": "alumiini-controller-xyz",
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.language": "nodejs",
        "telemetry.sdk.version": expect.any(String),
      });
    } finally {
      await rm(program);
    }
  });
});
