import type { AroundAnswer, Match, StoredEvent, SyncAnswer, SyncRow } from "@alumiini/history";
import { HOSTILE_NAME, marks } from "./fleet.ts";
import { at, NOW } from "./times.ts";

function event(
  eventId: string,
  system: string,
  type: string,
  time: number,
  title: string,
  more: Partial<StoredEvent> = {},
): StoredEvent {
  return {
    eventId,
    form: system === "alumiini" ? "alumiini" : system === "kulta" ? "occurrence" : "tapio",
    system,
    source: system,
    type,
    at: time,
    receivedAt: time + 120,
    clusterId: "prod-eu",
    namespace: "shop",
    repoName: system === "alumiini" ? "checkout" : null,
    syncId: null,
    traceId: null,
    outcome: "unknown",
    severity: "info",
    durationMs: null,
    revision: null,
    title,
    body: { type, note: "made up" },
    ...more,
  };
}

const FAILED_SYNC: SyncRow = {
  clusterId: "prod-eu",
  namespace: "shop",
  repoName: "checkout",
  syncId: "01KB7R2M9Q4T",
  environment: "production",
  source: "alumiini",
  startedAt: at("12:02:31.004"),
  endedAt: at("12:03:12.204"),
  at: at("12:02:31.004"),
  durationMs: 41_200,
  outcome: "failed",
  failedStep: "apply",
  errorType: "validation",
  errorMessage: [
    'Deployment/shop/checkout-api: spec.template.spec.containers[0].resources.limits.memory: Invalid value: "256Mi": must be at least the request (512Mi)',
    ...Array.from({ length: 40 }, (_, index) => `ConfigMap/shop/checkout-${index}: not attempted`),
  ].join("\n"),
  trigger: "webhook",
  revision: "9f3c1abaa1b2c3d4e5f60718293a4b5c6d7e8f90",
  previousRevision: "41d7e02aa1b2c3d4e5f60718293a4b5c6d7e8f90",
  changed: true,
  branch: "main",
  repoUrl: "https://github.com/example/checkout.git",
  committedAt: at("11:58:00"),
  resourcesApplied: 9,
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  rolloutRef: "shop/checkout-api",
  eventId: "event-failed",
  events: 6,
};

const AROUND: readonly Match[] = [
  match(
    event(
      "tapio-refused",
      "tapio",
      "network.connection_refused",
      at("12:02:31"),
      "network.connection_refused 203.0.113.9:443",
    ),
    "strong",
    "same_remote_and_process",
    "same remote and process, 340 ms apart",
  ),
  match(
    event("tapio-oom", "tapio", "container.oom_kill", at("12:03:10"), "container.oom_kill Pod checkout-api"),
    "likely",
    "same_object",
    "same object, Pod of checkout-api",
  ),
  match(
    event("kulta-paused", "kulta", "kulta.rollout.paused", at("12:04:24"), "rollout paused at 20 %"),
    "exact",
    "same_rollout",
    "same rollout, uid 5f1c and generation 41",
  ),
  match(
    event("tapio-memory", "tapio", "kernel.memory.pressure", at("12:01:48"), "kernel.memory.pressure node prod-eu-4"),
    "nearby",
    "same_cluster",
    "same cluster, inside the window",
  ),
];

function match(of: StoredEvent, grade: Match["grade"], code: Match["reason"]["code"], text: string): Match {
  return { event: of, offsetMs: of.at - at("12:03:00"), grade, reason: { code, text, value: null }, routine: false };
}

const STEP = {
  type: null,
  errorType: null,
  errorMessage: null,
  resourceKey: null,
  resourcesApplied: null,
  precise: true,
  eventIds: [],
} as const;

export function sync(syncId: string, now = NOW): SyncAnswer {
  const start = FAILED_SYNC.at;
  const known = syncId !== "unknown";
  return {
    asOf: now,
    sync: known ? FAILED_SYNC : null,
    steps: [
      {
        ...STEP,
        kind: "webhook",
        startedAt: start - 1300,
        endedAt: start - 1288,
        durationMs: 12,
        offsetMs: -1300,
        outcome: "succeeded",
      },
      {
        ...STEP,
        kind: "sync",
        startedAt: start,
        endedAt: start + 41_200,
        durationMs: 41_200,
        offsetMs: 0,
        outcome: "failed",
        errorType: "validation",
      },
      {
        ...STEP,
        kind: "git",
        startedAt: start + 100,
        endedAt: start + 3510,
        durationMs: 3410,
        offsetMs: 100,
        outcome: "succeeded",
      },
      {
        ...STEP,
        kind: "gap",
        startedAt: start + 3510,
        endedAt: start + 12_700,
        durationMs: 9190,
        offsetMs: 3510,
        outcome: "unknown",
      },
      {
        ...STEP,
        kind: "apply",
        startedAt: start + 12_700,
        endedAt: start + 41_200,
        durationMs: 28_500,
        offsetMs: 12_700,
        outcome: "failed",
        errorType: "validation",
        resourcesApplied: 9,
        precise: false,
      },
      {
        ...STEP,
        kind: "drift",
        startedAt: start - 163_000,
        endedAt: null,
        durationMs: null,
        offsetMs: -163_000,
        outcome: "unknown",
        resourceKey: "Deployment/shop/checkout-api",
      },
    ].filter(() => known) as SyncAnswer["steps"],
    resources: known
      ? Array.from({ length: 9 }, (_, index) => ({ kind: "ConfigMap", namespace: "shop", name: `checkout-${index}` }))
      : [],
    events: known
      ? [
          event(
            "event-failed",
            "alumiini",
            "sync_failed",
            FAILED_SYNC.endedAt ?? 0,
            "sync failed in apply: validation",
            { outcome: "failure", syncId },
          ),
        ]
      : [],
    rollout: known
      ? [
          {
            at: at("12:03:30"),
            phase: "Progressing",
            strategy: "canary",
            index: 1,
            total: 5,
            trafficWeight: 10,
            reason: null,
            eventId: "kulta-1",
          },
          {
            at: at("12:04:24"),
            phase: "Paused",
            strategy: "canary",
            index: 2,
            total: 5,
            trafficWeight: 20,
            reason: "error rate above 2 %",
            eventId: "kulta-paused",
          },
        ]
      : [],
    around: known ? AROUND : [],
    notKnown: [],
    previousSyncId: known ? "checkout-10" : null,
    nextSyncId: null,
    lastOutcomes: marks("ooooooooooff", "checkout"),
    sameError: known
      ? [
          { clusterId: "prod-us", namespace: "shop", repoName: "cart", syncId: "cart-1", at: at("12:01:00") },
          {
            clusterId: "prod-us",
            namespace: "shop",
            repoName: "loyalty-points",
            syncId: "loyalty-1",
            at: at("12:02:00"),
          },
        ]
      : [],
  };
}

export function around(moment: number, windowMs: number, now = NOW): AroundAnswer {
  const own: Match[] = [
    match(
      event("event-failed", "alumiini", "sync_failed", at("12:03:12"), "sync failed in apply: validation", {
        outcome: "failure",
        syncId: "01KB7R2M9Q4T",
        revision: "9f3c1abaa1b2c3d4e5f60718293a4b5c6d7e8f90",
      }),
      "exact",
      "same_repository",
      "the repository you asked about",
    ),
    match(
      event("event-drift", "alumiini", "drift_detected", at("11:59:48"), "drift detected Deployment/shop/checkout-api"),
      "exact",
      "same_repository",
      "the repository you asked about",
    ),
    match(
      event("event-config", "alumiini", "sync_completed", at("12:01:06"), "sync succeeded", {
        outcome: "success",
        repoName: "shop-config",
        syncId: "shop-config-3",
        revision: "c1d20aaaa1b2c3d4e5f60718293a4b5c6d7e8f90",
      }),
      "likely",
      "same_namespace",
      "namespace shop is written by both",
    ),
  ];
  const polled = {
    ...match(
      event("event-polled", "alumiini", "sync_completed", at("12:02:10"), "sync succeeded", {
        outcome: "success",
        repoName: "ledger",
        syncId: "ledger-9",
      }),
      "nearby",
      "same_cluster",
      "same cluster, inside the window",
    ),
    routine: true,
  };
  const order = ["exact", "strong", "likely", "nearby"];
  return {
    asOf: now,
    at: moment,
    windowMs,
    repository: { clusterId: "prod-eu", namespace: "shop", repoName: "checkout" },
    runningRevision: "41d7e02aa1b2c3d4e5f60718293a4b5c6d7e8f90",
    wantedRevision: "9f3c1abaa1b2c3d4e5f60718293a4b5c6d7e8f90",
    nearestFailure: FAILED_SYNC,
    matches: [...own, ...AROUND, polled].sort(
      (a, b) => order.indexOf(a.grade) - order.indexOf(b.grade) || Math.abs(a.offsetMs) - Math.abs(b.offsetMs),
    ),
    notKnown: [
      { code: "future", text: "Part of the window has not happened yet", since: now, until: moment + windowMs },
      { code: "stream_gap", text: "Stream gitops: 2 missing, numbers 88120 to 88121", since: null, until: null },
    ],
  };
}

/** Events as the list of the timeline has them. */
export function events(limit: number, kind: "syncs" | "others" | "drifts"): StoredEvent[] {
  if (kind === "others") return AROUND.map((each) => each.event).sort((a, b) => b.at - a.at);
  if (kind === "drifts")
    return [
      event("event-drift", "alumiini", "drift_detected", at("11:59:48"), "drift detected Deployment/shop/checkout-api"),
    ];
  return Array.from({ length: Math.min(limit, 50) }, (_, index) =>
    event(
      `event-${index}`,
      "alumiini",
      index % 4 === 0 ? "sync_failed" : "sync_completed",
      NOW - index * 40_000 - 54_000,
      index % 4 === 0 ? "sync failed in apply: validation" : "sync succeeded",
      { outcome: index % 4 === 0 ? "failure" : "success", syncId: `sync-${index}`, durationMs: 41_200 },
    ),
  );
}

export function newEvent(number: number, time: number): StoredEvent {
  return event(`live-${number}`, "alumiini", number % 3 === 0 ? "sync_failed" : "sync_completed", time, "sync", {
    repoName: `service-${String(number % 40).padStart(3, "0")}`,
    outcome: number % 3 === 0 ? "failure" : "success",
    syncId: `live-sync-${number}`,
  });
}

export function syncRows(limit: number): SyncRow[] {
  return Array.from({ length: Math.min(50, limit) }, (_, index) => ({
    ...FAILED_SYNC,
    syncId: `sync-${index}`,
    eventId: `event-${index}`,
    repoName: index === 1 ? HOSTILE_NAME : index % 3 === 0 ? "checkout" : "shop-config",
    outcome: index % 4 === 0 ? "failed" : "succeeded",
    errorType: index % 4 === 0 ? "validation" : null,
    failedStep: index % 4 === 0 ? "apply" : null,
    at: NOW - index * 40_000 - 54_000,
    endedAt: NOW - index * 40_000 - 54_000,
    startedAt: null,
  }));
}
