// A program of a user that runs once: it emits, returns, and closes nothing.
import { httpSink } from "@alumiini/cdevents/http";
import { createTelemetry } from "@alumiini/core";
import { fileOutbox } from "@alumiini/outbox";

const [, , url = "", directory = "", exitWaitMs = "", events = ""] = process.argv;
const sink = httpSink({ url, outbox: fileOutbox({ directory }), exitWaitMs: Number(exitWaitMs), onFailure() {} });
const telemetry = createTelemetry({ clusterId: "prod-us-east" });
telemetry.subscribe(sink);
for (let count = 0; count < Number(events); count++) {
  telemetry.emit("sync_completed", { repoName: "my-app", namespace: "default", trigger: "poll", durationMs: 1500 });
}
process.on("exit", () => {
  const { recovered, delivered, pending } = sink.stats();
  // biome-ignore lint/suspicious/noConsole: how the test sees what became of the events
  console.log(`recovered ${recovered}, delivered ${delivered}, pending ${pending}`);
});
