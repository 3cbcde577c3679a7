import { expect } from "vitest";
import type { ReceivedSpan } from "./otlp/decode.js";
import type { Received } from "./otlp/receiver.js";

const SERVER = 2;
const INTERNAL = 1;
const ERROR = 2;

/** What a receiver must have got of `runController`, attribute by attribute. */
export function expectDaysOfController(received: Received): void {
  const spans = new Map(received.spans.map((span) => [span.name, span]));
  expectTree(received.spans);
  expectSync(spans);
  expectFailure(spans, received);
  expectMetrics(received);
  expectLogs(received);
  // The token of the repository's URL, in whatever place.
  const all = JSON.stringify([received.spans, [...received.metrics], received.logs], (_, value: unknown) =>
    typeof value === "bigint" ? `${value}` : value,
  );
  expect(all).not.toContain("ghp_");
}

function expectTree(spans: readonly ReceivedSpan[]): void {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const lines = spans.map((span) => {
    const parent = byId.get(span.parentSpanId);
    if (parent !== undefined) expect(span.traceId).toBe(parent.traceId);
    return `${parent?.name ?? ""} > ${span.name}`;
  });
  const hostile = spans.find(({ name }) => name.startsWith(`SYNC "';`));
  expect(lines.sort()).toEqual(
    [
      " > webhook github",
      " > SYNC shop",
      "SYNC shop > git clone",
      "git clone > GET",
      "SYNC shop > apply",
      " > SYNC blog",
      "SYNC blog > git fetch",
      ` > ${hostile?.name}`,
      " > SYNC docs",
      "SYNC docs > git fetch",
    ].sort(),
  );
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(5);
}

function expectSync(spans: ReadonlyMap<string, ReceivedSpan>): void {
  const sync = spans.get("SYNC shop");
  const webhook = spans.get("webhook github");
  const clone = spans.get("git clone");
  expect(sync).toMatchObject({
    kind: SERVER,
    status: { code: 0 },
    scope: "@alumiini/otel",
    links: [{ traceId: webhook?.traceId, spanId: webhook?.spanId }],
    resource: {
      "service.name": "alumiini",
      "service.version": "1.4.0",
      "service.instance.id": "alumiini-controller-xyz",
      "k8s.cluster.name": "prod-us-east",
      "k8s.namespace.name": "alumiini-system",
      "k8s.pod.name": "alumiini-controller-xyz",
      "k8s.node.name": "node-1",
    },
  });
  expect(sync?.attributes).toEqual({
    "alumiini.event.id": expect.stringMatching(/^[0-9A-Z]{26}$/),
    "alumiini.event.type": "sync_completed",
    "alumiini.event.outcome": "success",
    "alumiini.repo.name": "shop",
    "alumiini.repo.namespace": "team-a",
    "alumiini.repo.url": "https://github.com/org/shop.git",
    "alumiini.repo.branch": "main",
    "alumiini.repo.commit": "4f2a91c8e0d35b7a6c1f9e2d8b4a7c3e5f6d1b02",
    "alumiini.repo.path": "deploy/",
    "alumiini.sync.id": sync?.attributes["cicd.pipeline.run.id"],
    "alumiini.sync.trigger": "webhook",
    "alumiini.sync.duration_ms": expect.any(Number),
    "alumiini.sync.resources_applied": 1,
    "k8s.cluster.name": "prod-us-east",
    "cicd.pipeline.action.name": "SYNC",
    "cicd.pipeline.name": "shop",
    "cicd.pipeline.run.id": expect.stringMatching(/^[0-9A-Z]{26}$/),
    "cicd.pipeline.result": "success",
    "vcs.repository.url.full": "https://github.com/org/shop",
    "vcs.repository.name": "shop",
    "vcs.owner.name": "org",
    "vcs.provider.name": "github",
    "vcs.ref.head.name": "main",
    "vcs.ref.head.revision": "4f2a91c8e0d35b7a6c1f9e2d8b4a7c3e5f6d1b02",
    "vcs.ref.type": "branch",
  });
  expect(clone).toMatchObject({
    kind: INTERNAL,
    attributes: {
      "cicd.pipeline.task.name": "git clone",
      "cicd.pipeline.task.run.id": clone?.attributes["alumiini.event.id"],
      "cicd.pipeline.task.run.result": "success",
      "alumiini.git.duration_ms": expect.any(Number),
    },
  });
  expect(spans.get("apply")?.attributes["alumiini.resources"]).toEqual(["Service/team-a/shop"]);
  const docs = spans.get("SYNC docs");
  expect((docs?.end ?? 0n) - (docs?.start ?? 0n)).toBe(1_500_000_000n);
}

function expectFailure(spans: ReadonlyMap<string, ReceivedSpan>, { logs }: Received): void {
  const sync = spans.get("SYNC blog");
  expect(sync).toMatchObject({
    status: { code: ERROR, message: "network timeout" },
    attributes: {
      "cicd.pipeline.result": "timeout",
      "error.type": "git_timeout",
      "alumiini.error.message": "network timeout",
    },
  });
  expect(sync?.attributes).not.toHaveProperty("error.message");
  const exception = logs.find(({ eventName }) => eventName === "alumiini.sync.exception");
  expect(exception).toMatchObject({
    severityNumber: 17,
    severityText: "ERROR",
    traceId: sync?.traceId,
    spanId: sync?.spanId,
    attributes: {
      "exception.type": "Error",
      "exception.stacktrace": expect.stringContaining("network timeout"),
      "exception.message": "network timeout",
      "alumiini.event.id": sync?.attributes["alumiini.event.id"],
    },
  });
}

function expectMetrics({ metrics }: Received): void {
  const kinds = Object.fromEntries([...metrics.values()].map(({ name, kind, unit }) => [name, `${kind} ${unit}`]));
  expect(kinds).toMatchObject({
    "alumiini.syncs": "counter {sync}",
    "alumiini.sync.duration": "histogram s",
    "alumiini.resources.applied": "counter {resource}",
    "alumiini.git.operations": "counter {operation}",
    "alumiini.git.duration": "histogram s",
    "alumiini.workers.active": "gauge {worker}",
    "alumiini.errors": "counter {error}",
    "alumiini.sync.last_success_timestamp": "gauge s",
    "cicd.pipeline.run.duration": "histogram s",
    "cicd.pipeline.run.active": "up-down counter {run}",
    "cicd.pipeline.run.errors": "counter {error}",
    "cicd.worker.count": "up-down counter {worker}",
    "cicd.system.errors": "counter {error}",
  });
  const duration = metrics.get("cicd.pipeline.run.duration");
  expect(duration?.bounds).toEqual([0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600]);
  expect(duration?.points).toContainEqual({
    attributes: {
      "cicd.pipeline.name": "docs",
      "cicd.pipeline.run.state": "executing",
      "cicd.pipeline.result": "success",
    },
    value: 1,
    sum: 1.5,
  });
  expect(metrics.get("cicd.pipeline.run.errors")?.points).toEqual([
    { attributes: { "cicd.pipeline.name": "blog", "error.type": "git_timeout" }, value: 1 },
  ]);
  expect(metrics.get("cicd.pipeline.run.active")?.points.map(({ value }) => value)).toEqual([0, 0, 0, 0]);
}

function expectLogs({ logs, spans }: Received): void {
  expect(logs.map(({ eventName, severityText }) => `${severityText} ${eventName}`)).toEqual([
    "INFO alumiini.worker.started",
    "INFO alumiini.webhook.received",
    "WARN alumiini.drift.detected",
    "INFO alumiini.drift.corrected",
    "ERROR alumiini.git.exception",
    "ERROR alumiini.sync.exception",
    "WARN alumiini.drift.detected",
    "ERROR alumiini.drift.corrected",
    "ERROR alumiini.drift.exception",
    "ERROR alumiini.worker.stopped",
    "ERROR alumiini.worker.exception",
  ]);
  const apply = spans.find(({ name }) => name === "apply");
  // The drift happened within the apply, whose span it is told of.
  expect(logs[2]).toMatchObject({ traceId: apply?.traceId, spanId: apply?.spanId });
}
