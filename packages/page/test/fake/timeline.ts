import type { TimelineAnswer, TimelineBucket } from "@alumiini/history";
import { WORST } from "./fleet.ts";
import { NOW } from "./times.ts";

function bucket(time: number, index: number, factor = 1): TimelineBucket {
  const failed = index % 9 === 3 || index > 52 ? Math.ceil(((index * 7) % 5) / 2) : 0;
  return {
    at: time,
    succeeded: Math.round((5 + ((index * 13) % 9)) * factor),
    failed,
    timedOut: 0,
    underWay: 0,
    unknown: 0,
    drifts: 0,
    others: 0,
  };
}

export function timeline(
  since: number,
  until: number,
  buckets: number,
  most: number,
  size: number,
  now = NOW,
): TimelineAnswer {
  const bucketMs = Math.ceil((until - since) / buckets);
  const lost = { since: since + (until - since) * 0.43, until: since + (until - since) * 0.465 };
  const all = Array.from({ length: buckets }, (_, index) =>
    bucket(since + index * bucketMs, index, Math.max(1, size / 5000)),
  ).filter((each) => each.at + bucketMs <= lost.since || each.at >= lost.until);
  const lanes = WORST.filter((each) => each.state !== "no_data").slice(0, Math.min(size, 8, most));
  const many = size > 100_000;
  const span = until - since;
  const lane = (index: number) =>
    all
      .filter((_, each) => (each + index) % (3 + index) === 0)
      .map((each) => ({ ...each, succeeded: 1 + (index % 3), failed: index < 2 ? each.failed : 0 }));
  const marks = lanes.flatMap((repository, index) =>
    [0.1, 0.26, 0.55, 0.8, 0.95].map((part, number) => ({
      at: since + span * (part - index * 0.01),
      endedAt: repository.state === "stuck" && number === 4 ? until : null,
      lane: index,
      kind: repository.state === "drifted" && number === 3 ? ("drift" as const) : ("sync" as const),
      outcome:
        index < 2 && number > 2
          ? ("failed" as const)
          : repository.state === "stuck" && number === 4
            ? ("under_way" as const)
            : ("succeeded" as const),
      syncId: `${repository.repoName}-${number}`,
      eventId: `${repository.repoName}-event-${number}`,
      title: index < 2 && number > 2 ? "sync failed in apply" : "sync succeeded",
      errorType: index < 2 && number > 2 ? "validation" : null,
      revision: "9f3c1abaa1b2c3d4e5f60718293a4b5c6d7e8f90",
      durationMs: 2310,
    })),
  );
  const others = ["tapio", "kulta"].flatMap((system, index) =>
    [0.12, 0.4, 0.94, 0.97].map((part, number) => ({
      at: since + span * part,
      endedAt: null,
      lane: lanes.length + index,
      kind: "other" as const,
      outcome: "unknown" as const,
      syncId: null,
      eventId: `${system}-${number}`,
      title: system === "tapio" ? "container.oom_kill Pod checkout-api" : "rollout paused at 20 %",
      errorType: null,
      revision: null,
      durationMs: null,
    })),
  );
  const none = size === 0;
  return {
    asOf: now,
    since,
    until,
    bucketMs,
    buckets: none ? [] : all,
    lanes: none
      ? []
      : [
          ...lanes.map((each, index) => ({
            repository: { clusterId: each.clusterId, namespace: each.namespace, repoName: each.repoName },
            state: each.state,
            system: null,
            buckets: lane(index),
          })),
          ...["tapio", "kulta"].map((system) => ({
            repository: null,
            state: null,
            system,
            buckets: lane(4).map((each) => ({ ...each, others: 1 })),
          })),
        ],
    repositories: Math.min(size, 412),
    syncs: none ? 0 : all.reduce((sum, each) => sum + each.succeeded + each.failed, 0),
    failed: none ? 0 : all.reduce((sum, each) => sum + each.failed, 0),
    marks: many ? null : [...marks, ...others].sort((a, b) => a.at - b.at),
    notObserved: none ? [] : [{ ...lost, reason: "not_recording", source: null }],
  };
}
