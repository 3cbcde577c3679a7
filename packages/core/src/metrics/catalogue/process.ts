import { PROVIDERS } from "../../event/vocabulary.js";
import { DELIVERY_BUCKETS } from "../../metrics-buckets.js";
import { fromDerived, fromEvents, fromMeasurement, type MetricDefinition } from "../definition.js";
import { ENDINGS, REPOSITORY } from "./shared.js";

/** What the controller's process and the telemetry in it say of themselves. */
export const PROCESS_METRICS = /* @__PURE__ */ (() =>
  [
    {
      name: "alumiini_workers_active",
      kind: "gauge",
      unit: "{worker}",
      description: "Number of active worker processes",
      labels: [],
      sources: [fromMeasurement("worker_count", { labels: {}, value: { field: "count" } })],
    },
    {
      name: "alumiini_workers_restarts_total",
      kind: "counter",
      unit: "{restart}",
      description: "Worker process restarts",
      labels: ["repo_name"],
      initial: {},
      sources: [fromMeasurement("worker_restart", { labels: REPOSITORY, value: 1 })],
    },
    {
      name: "alumiini_worker_memory_bytes",
      kind: "gauge",
      unit: "By",
      description: "Memory that the worker of a repository holds",
      labels: ["repo_name"],
      sources: [fromMeasurement("worker_memory", { labels: REPOSITORY, value: { field: "bytes" } })],
    },
    {
      name: "alumiini_cache_total",
      kind: "counter",
      unit: "{access}",
      description: "Cache access by result",
      labels: ["cache_name", "result"],
      initial: { result: ["hit", "miss"] },
      sources: [
        fromMeasurement("cache_access", {
          labels: { cache_name: { field: "cacheName" }, result: { field: "result" } },
          value: 1,
        }),
      ],
    },
    {
      name: "alumiini_webhooks_received_total",
      kind: "counter",
      unit: "{webhook}",
      description: "Webhooks by forge and outcome",
      labels: ["provider", "outcome"],
      initial: { provider: PROVIDERS, outcome: ENDINGS },
      sources: [
        fromEvents(["webhook_received"], {
          labels: { provider: { field: "provider" }, outcome: { field: "outcome" } },
          value: 1,
        }),
      ],
    },
    {
      name: "alumiini_queue_depth",
      kind: "gauge",
      unit: "{item}",
      description: "Items that wait in a queue",
      labels: ["queue"],
      sources: [fromMeasurement("queue_depth", { labels: { queue: { field: "queue" } }, value: { field: "depth" } })],
    },
    {
      name: "alumiini_leader_status",
      kind: "gauge",
      unit: "1",
      description: "1 while this replica is the leader, else 0",
      labels: [],
      sources: [fromMeasurement("leadership", { labels: {}, value: { field: "leader" } })],
    },
    {
      name: "alumiini_leader_transitions_total",
      kind: "counter",
      unit: "{transition}",
      description: "Times that this replica became the leader or ceased to be",
      labels: [],
      initial: {},
      sources: [fromDerived("leader_transition", { labels: {}, value: 1 })],
    },
    {
      name: "alumiini_build_info",
      kind: "gauge",
      unit: "1",
      description: "Always 1; the label says which version of the controller runs",
      labels: ["version"],
      sources: [{ read: "backend", reading: "version" }],
    },
    {
      name: "alumiini_sink_deliveries_total",
      kind: "counter",
      unit: "{message}",
      description: "Messages by how the attempt to deliver them ended; a retry is an attempt that is made again",
      labels: ["sink", "outcome"],
      sources: [{ read: "sink", reading: "deliveries" }],
    },
    {
      name: "alumiini_sink_delivery_duration_milliseconds",
      kind: "histogram",
      unit: "ms",
      description: "From acceptance to confirmed delivery by a sink",
      labels: ["sink"],
      buckets: DELIVERY_BUCKETS,
      sources: [{ read: "sink", reading: "duration" }],
    },
    {
      name: "alumiini_sink_queue_depth",
      kind: "gauge",
      unit: "{message}",
      description: "Messages that a sink has taken and neither delivered nor dropped",
      labels: ["sink"],
      sources: [{ read: "sink", reading: "pending" }],
    },
    {
      name: "alumiini_sink_dropped_total",
      kind: "counter",
      unit: "{message}",
      description: "Messages that a sink gave up, by reason",
      labels: ["sink", "reason"],
      sources: [{ read: "sink", reading: "dropped" }],
    },
    {
      name: "alumiini_series_dropped_total",
      kind: "counter",
      unit: "{recording}",
      description: "Recordings that got no series of their own, because a limit on label values was reached",
      labels: ["metric"],
      sources: [{ read: "backend", reading: "seriesDropped" }],
    },
  ] as const satisfies readonly MetricDefinition[])();
