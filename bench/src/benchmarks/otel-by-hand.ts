import { randomUUID } from "node:crypto";
import { type MeterProvider, ROOT_CONTEXT, SpanKind, type TracerProvider } from "@opentelemetry/api";
import type { SYNCS } from "../events.ts";

const BOUNDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

/** What the gauges read of a repository. */
interface Standing {
  readonly attributes: { readonly "alumiini.repo.name": string };
  lastSuccess: number;
  outOfSync: number;
}

/** Returns what a controller would do itself to export of each sync what `otelSubscriber` does. */
export function instrumentByHand(providers: {
  readonly tracerProvider: TracerProvider;
  readonly meterProvider: MeterProvider;
}): (sync: (typeof SYNCS)[number]) => void {
  const tracer = providers.tracerProvider.getTracer("bench");
  const meter = providers.meterProvider.getMeter("bench");
  const advice = { explicitBucketBoundaries: BOUNDS };
  const syncs = meter.createCounter("alumiini.syncs", { unit: "{sync}" });
  const syncDuration = meter.createHistogram("alumiini.sync.duration", { unit: "s", advice });
  const runDuration = meter.createHistogram("cicd.pipeline.run.duration", { unit: "s", advice });
  const standings = new Map<string, Standing>();
  meter.createObservableGauge("alumiini.sync.last_success_timestamp", { unit: "s" }).addCallback((result) =>
    standings.forEach(({ lastSuccess, attributes }) => {
      result.observe(lastSuccess, attributes);
    }),
  );
  meter.createObservableGauge("alumiini.repo.out_of_sync", { unit: "1" }).addCallback((result) =>
    standings.forEach(({ outOfSync, attributes }) => {
      result.observe(outOfSync, attributes);
    }),
  );

  return ({ repoName, namespace, trigger, durationMs, resourcesApplied, commit, branch }) => {
    const now = Date.now();
    const span = tracer.startSpan(
      `SYNC ${repoName}`,
      {
        kind: SpanKind.SERVER,
        startTime: new Date(now - durationMs),
        attributes: {
          "alumiini.event.id": randomUUID(),
          "alumiini.event.type": "sync_completed",
          "alumiini.event.outcome": "success",
          "k8s.cluster.name": "bench",
          "alumiini.repo.name": repoName,
          "alumiini.repo.namespace": namespace,
          "alumiini.repo.branch": branch,
          "alumiini.repo.commit": commit,
          "alumiini.sync.trigger": trigger,
          "alumiini.sync.duration_ms": durationMs,
          "alumiini.sync.resources_applied": resourcesApplied,
          "cicd.pipeline.action.name": "SYNC",
          "cicd.pipeline.name": repoName,
          "cicd.pipeline.result": "success",
          "vcs.ref.head.name": branch,
          "vcs.ref.head.revision": commit,
          "vcs.ref.type": "branch",
        },
      },
      ROOT_CONTEXT,
    );
    span.end(new Date(now));
    const repository = { "alumiini.repo.name": repoName, "alumiini.sync.trigger": trigger };
    syncs.add(1, { ...repository, "alumiini.event.outcome": "success" });
    syncDuration.record(durationMs / 1000, repository);
    runDuration.record(durationMs / 1000, {
      "cicd.pipeline.name": repoName,
      "cicd.pipeline.run.state": "executing",
      "cicd.pipeline.result": "success",
    });
    let standing = standings.get(repoName);
    if (standing === undefined) {
      standing = { attributes: { "alumiini.repo.name": repoName }, lastSuccess: 0, outOfSync: 0 };
      standings.set(repoName, standing);
    }
    standing.lastSuccess = now / 1000;
    standing.outOfSync = 0;
  };
}
