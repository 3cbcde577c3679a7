import { createTelemetry } from "@alumiini/core";
import { expectConserved, recordFailures } from "@alumiini-internal/test-support/sinks";
import { until } from "@alumiini-internal/test-support/until";
import { jetstream, jetstreamManager, RetentionPolicy } from "@nats-io/jetstream";
import { expect, it } from "vitest";
import { natsSink } from "../src/index.js";
import { startBroker } from "./broker.js";
import { eventIn } from "./support.js";

const EVENTS = 300;
const REPOSITORIES = 3;
const FILLER = "alumiini.events.filler";

it("keeps the order in a full stream that takes small messages where it refuses large ones", async (context) => {
  const { url, admin } = await startBroker(context, { subjects: [] });
  const manager = await jetstreamManager(admin);
  // What is consumed makes room.
  await manager.streams.add({
    name: "EVENTS",
    subjects: ["alumiini.events.>"],
    retention: RetentionPolicy.Workqueue,
    discard: "new",
    max_bytes: 10_000,
  });
  await manager.consumers.add("EVENTS", { durable_name: "reader", ack_policy: "explicit" });
  const js = jetstream(admin);
  // What is left is less than the least message needs.
  await js.publish(FILLER, new Uint8Array(9900));

  const { messages, onFailure } = recordFailures();
  const sink = natsSink({ servers: url, stream: "EVENTS", retry: { initialDelayMs: 5, maxDelayMs: 10 }, onFailure });
  const telemetry = createTelemetry({ clusterId: "order" });
  telemetry.subscribe(sink);
  for (let number = 1; number <= EVENTS; number++) {
    const repoName = `app-${number % REPOSITORIES}`;
    const namespace = number % 4 < 2 ? "small" : "large".repeat(10);
    telemetry.emit("sync_completed", { repoName, namespace, trigger: "poll", durationMs: number });
  }
  await until(() => sink.stats().retries >= EVENTS);
  expect(sink.stats()).toMatchObject({ delivered: 0, pending: EVENTS });

  const numbers = Array.from({ length: REPOSITORIES }, (): number[] => []);
  const consumer = await js.consumers.get("EVENTS", "reader");
  let read = 0;
  for await (const message of await consumer.consume({ max_messages: 5 })) {
    message.ack();
    if (message.subject === FILLER) continue;
    const event = eventIn(message.string());
    numbers[Number(event.repoName.slice(-1))]?.push("durationMs" in event ? Number(event.durationMs) : Number.NaN);
    if (++read === EVENTS) break;
  }
  await sink.flush();
  expectConserved(sink);
  await telemetry.close();
  expect(messages.join()).toContain("takes no more");
  for (const each of numbers) expect(each).toEqual(each.toSorted((a, b) => a - b));
});
