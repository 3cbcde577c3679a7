import type {
  AroundAnswer,
  DoraAnswer,
  DoraBucket,
  DoraMeasure,
  DoraMeasureName,
  Evidence,
  FleetAnswer,
  FleetRow,
  FleetState,
  Match,
  OutcomeMark,
  SloAnswer,
  SloItem,
  StatsAnswer,
  StoredEvent,
  SyncAnswer,
  SyncOutcome,
  SyncRow,
  TimelineAnswer,
  TimelineBucket,
} from "@alumiini/history";
import type { SinksAnswer } from "@alumiini/page";

/** Wed 25 Nov 2026, 14:06:12 in Helsinki. */
export const NOW = Date.parse("2026-11-25T12:06:12Z");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const at = (clock: string, day = 25) => Date.parse(`2026-11-${day}T${clock}Z`);

function marks(pattern: string, name: string): OutcomeMark[] {
  const outcomes: Readonly<Record<string, SyncOutcome>> = {
    o: "succeeded",
    f: "failed",
    w: "under_way",
    r: "rolled_back",
  };
  return [...pattern].map((letter, index) => ({
    syncId: `${name}-${index}`,
    at: NOW - (pattern.length - index) * 10 * MINUTE,
    outcome: outcomes[letter] ?? "unknown",
  }));
}

const HEALTHY: FleetRow["why"] = {
  code: "healthy",
  errorType: null,
  errorMessage: null,
  resourceKey: null,
  trigger: null,
};

function row(repoName: string, namespace: string, clusterId: string, more: Partial<FleetRow>): FleetRow {
  return {
    clusterId,
    namespace,
    repoName,
    environment: "production",
    source: "flux",
    repoUrl: `https://github.com/example/${repoName}.git`,
    branch: "main",
    state: "healthy",
    since: NOW - 6 * DAY,
    why: HEALTHY,
    runningRevision: "8e21f5d0c1b2a3948576aa0e1d2c3b4a59687766",
    wantedRevision: null,
    lastOutcomes: marks("oooooooooooo", repoName),
    lastSuccessAt: NOW - 10 * MINUTE,
    lastFailureAt: null,
    syncStartedAt: null,
    lastSyncId: `${repoName}-11`,
    driftedResources: 0,
    suspendedAsOf: null,
    lastEventAt: NOW - MINUTE,
    ...more,
  };
}

export const LONG_NAME =
  "platform-billing-reconciliation-and-settlement-controller-for-the-european-markets-1-canary-blue";
export const HOSTILE_NAME = "invoice\u202egnp.yaml";
export const MARKUP_NAME = '<img src=x onerror="window.hacked=1">';

const WORST: readonly FleetRow[] = [
  row("checkout", "shop", "prod-eu", {
    source: "alumiini",
    state: "failing",
    since: at("12:03:12"),
    runningRevision: "41d7e02aa1b2c3d4e5f60718293a4b5c6d7e8f90",
    wantedRevision: "9f3c1abaa1b2c3d4e5f60718293a4b5c6d7e8f90",
    lastOutcomes: marks("ooooooooooff", "checkout"),
    lastSyncId: "01KB7R2M9Q4T",
    why: {
      ...HEALTHY,
      code: "sync_failed",
      errorType: "validation",
      errorMessage: "Deployment/shop/checkout-api: resources.limits.memory must be at least the request (512Mi)",
    },
  }),
  row("payments-ledger", "pay", "prod-us", {
    source: "argocd",
    state: "failing",
    since: at("11:18:04"),
    runningRevision: "c08be51aa1b2c3d4e5f60718293a4b5c6d7e8f90",
    wantedRevision: "e7710d4aa1b2c3d4e5f60718293a4b5c6d7e8f90",
    lastOutcomes: marks("oooooofoffff", "payments-ledger"),
    why: {
      ...HEALTHY,
      code: "sync_timed_out",
      errorType: "git_timeout",
      errorMessage: "fetch of git.example.org/pay/ledger.git timed out after 60 s",
    },
  }),
  row("search-indexer", "search", "prod-eu", {
    source: "argocd",
    state: "stuck",
    since: at("11:44:02"),
    syncStartedAt: at("11:44:02"),
    wantedRevision: "0c4e9d2aa1b2c3d4e5f60718293a4b5c6d7e8f90",
    lastOutcomes: marks("ooooooooooow", "search-indexer"),
    why: { ...HEALTHY, code: "under_way_too_long" },
  }),
  row("ingress-nginx", "edge", "prod-ap", {
    state: "drifted",
    since: at("11:41:55"),
    runningRevision: "v1.14.2@sha1:5be0c77aa1b2c3d4e5f60718293a4b5c6d7e8f90",
    driftedResources: 1,
    why: { ...HEALTHY, code: "drift_open", resourceKey: "Deployment/edge/ingress-nginx-controller" },
  }),
  row("loyalty-points", "shop", "prod-us", {
    state: "stale",
    since: at("09:52:01"),
    lastSuccessAt: at("09:52:01"),
    lastOutcomes: marks("oooooooo", "loyalty-points"),
    why: { ...HEALTHY, code: "no_recent_success" },
  }),
  row("fraud-scoring", "pay", "prod-eu", {
    state: "no_data",
    since: null,
    runningRevision: null,
    lastOutcomes: [],
    lastSyncId: null,
    why: { ...HEALTHY, code: "no_outcome_seen" },
  }),
  row("legacy-reports", "bi", "prod-us", {
    state: "suspended",
    since: at("08:00:00", 12),
    suspendedAsOf: at("09:20:00"),
    lastOutcomes: marks("oooooo", "legacy-reports"),
    why: { ...HEALTHY, code: "suspended" },
  }),
  row("catalog", "shop", "prod-eu", {
    source: "argocd",
    state: "syncing",
    since: NOW - 14_000,
    syncStartedAt: NOW - 14_000,
    wantedRevision: "2d90c6aaa1b2c3d4e5f60718293a4b5c6d7e8f90",
    lastOutcomes: marks("ooooooooooow", "catalog"),
    why: { ...HEALTHY, code: "under_way", trigger: "webhook" },
  }),
  row(LONG_NAME, "obs", "prod-eu", {}),
  row(HOSTILE_NAME, "pay", "prod-us", { since: NOW - 41 * MINUTE, lastOutcomes: marks("oooofooooooo", "invoice") }),
  row(MARKUP_NAME, "pay", "prod-us", { environment: "staging" }),
];

const NONE: Readonly<Record<FleetState, number>> = {
  failing: 0,
  stuck: 0,
  drifted: 0,
  stale: 0,
  no_data: 0,
  suspended: 0,
  syncing: 0,
  healthy: 0,
};

/** A fleet of so many repositories: the worst first, the rest healthy. */
export function fleet(size: number, search: URLSearchParams, now = NOW): FleetAnswer {
  const worst = WORST.slice(0, size);
  const counts = { ...NONE };
  for (const each of worst) counts[each.state]++;
  counts.healthy += size - worst.length;
  const limit = Number(search.get("limit") ?? 100);
  const states = search.getAll("states").flatMap((each) => each.split(","));
  const text = search.get("search")?.toLowerCase() ?? "";
  const start = Number(search.get("cursor") ?? 0);
  const all = Array.from(
    { length: Math.min(size, start + limit + 1) },
    (_, index) => worst[index] ?? row(`service-${String(index).padStart(3, "0")}`, "apps", "prod-eu", {}),
  );
  const left = all.filter(
    (each) =>
      (states.length === 0 || states.includes(each.state)) &&
      (text === "" || each.repoName.toLowerCase().includes(text)),
  );
  const isNarrowed = states.length > 0 || text !== "";
  return {
    asOf: now,
    items: left.slice(start, start + limit),
    nextCursor: size > start + limit && !isNarrowed ? String(start + limit) : null,
    counts,
    total: size,
    matching: isNarrowed ? left.length : size,
    staleAfterSeconds: 3600,
    stuckAfterSeconds: 900,
    scopes: {
      clusters: ["prod-eu", "prod-us", "prod-ap", "staging"].map((value, index) => ({
        value,
        repositories: 200 - index * 40,
      })),
      environments: [{ value: "production", repositories: size }],
      namespaces: ["shop", "pay", "search", "edge", "bi", "obs"].map((value) => ({ value, repositories: 12 })),
    },
  };
}

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

export const FAILED_SYNC: SyncRow = {
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
  return { event: of, offsetMs: of.at - at("12:03:00"), grade, reason: { code, text, value: null } };
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
  const order = ["exact", "strong", "likely", "nearby"];
  return {
    asOf: now,
    at: moment,
    windowMs,
    repository: { clusterId: "prod-eu", namespace: "shop", repoName: "checkout" },
    runningRevision: "41d7e02aa1b2c3d4e5f60718293a4b5c6d7e8f90",
    wantedRevision: "9f3c1abaa1b2c3d4e5f60718293a4b5c6d7e8f90",
    nearestFailure: FAILED_SYNC,
    matches: [...own, ...AROUND].sort(
      (a, b) => order.indexOf(a.grade) - order.indexOf(b.grade) || Math.abs(a.offsetMs) - Math.abs(b.offsetMs),
    ),
    notKnown: [
      { code: "future", text: "Part of the window has not happened yet", since: now, until: moment + windowMs },
      { code: "stream_gap", text: "Stream gitops: 2 missing, numbers 88120 to 88121", since: null, until: null },
    ],
  };
}

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

const NO_EVIDENCE: Evidence = { formula: "no value", counted: [], leftOut: [], missing: [], ids: [] };

function objective(name: SloItem["name"], more: Partial<SloItem>): SloItem {
  return {
    name,
    kind: "budget",
    state: "holds",
    objective: 0.99,
    thresholdMs: null,
    value: null,
    budgetLeft: null,
    allowed: null,
    bad: null,
    total: null,
    burnRate: { lastHour: null, last6Hours: null },
    spentInMs: null,
    points: [],
    coverage: { known: 17_942, total: 17_942, of: "syncs", observed: 1 },
    evidence: NO_EVIDENCE,
    ...more,
  };
}

function burnDown(since: number, until: number, end: number, bend: number) {
  return Array.from({ length: 60 }, (_, index) => {
    const part = (index + 1) / 60;
    const budgetLeft =
      part < bend ? 1 - (1 - end) * 0.3 * (part / bend) : 1 - (1 - end) * (0.3 + 0.7 * ((part - bend) / (1 - bend)));
    return {
      at: since + (until - since) * part,
      budgetLeft: index === 59 ? end : index > 22 && index < 25 ? null : budgetLeft,
      good: 290,
      total: 300,
    };
  });
}

export function slo(since: number, until: number, size: number, now = NOW): SloAnswer {
  const none = size === 0;
  const not = { state: "not_measured" as const, coverage: { known: 0, total: 0, of: "syncs", observed: none ? 0 : 1 } };
  const evidence = (bad: number, reason: string): Evidence => ({
    formula: `${17_942 - bad} / 17942`,
    counted: [
      { reason: "good", count: 17_942 - bad },
      { reason, count: bad },
    ],
    leftOut: [],
    missing: [],
    ids: Array.from({ length: Math.min(1000, bad) }, (_, index) => `event-${index}`),
  });
  return {
    asOf: now,
    since,
    until,
    items: [
      objective(
        "syncSuccess",
        none
          ? not
          : {
              state: "spent",
              value: 17_691 / 17_942,
              allowed: 179,
              bad: 251,
              total: 17_942,
              budgetLeft: (179 - 251) / 179,
              burnRate: { lastHour: 2, last6Hours: 4 },
              points: burnDown(since, until, (179 - 251) / 179, 0.6),
              evidence: evidence(251, "failed"),
            },
      ),
      objective(
        "syncLatency",
        none
          ? { ...not, thresholdMs: 30_000 }
          : {
              state: "burning_fast",
              thresholdMs: 30_000,
              value: 0.9921,
              allowed: 179,
              bad: 140,
              total: 17_942,
              budgetLeft: 39 / 179,
              burnRate: { lastHour: 6, last6Hours: 6.5 },
              spentInMs: 30 * HOUR,
              points: burnDown(since, until, 39 / 179, 0.85),
              evidence: evidence(140, "too_slow"),
            },
      ),
      objective(
        "gitFetchLatency",
        none
          ? { ...not, thresholdMs: 10_000 }
          : {
              thresholdMs: 10_000,
              value: 0.99961,
              allowed: 179,
              bad: 34,
              total: 17_942,
              budgetLeft: 145 / 179,
              burnRate: { lastHour: 0.6, last6Hours: 0.5 },
              points: burnDown(since, until, 145 / 179, 0.5),
              coverage: { known: 17_942, total: 17_973, of: "git fetches", observed: 0.97 },
              evidence: evidence(34, "too_slow"),
            },
      ),
      objective(
        "applyLatency",
        none
          ? { ...not, thresholdMs: 5000 }
          : {
              thresholdMs: 5000,
              value: 0.9963,
              allowed: 179,
              bad: 66,
              total: 17_911,
              budgetLeft: 0.63,
              burnRate: { lastHour: 0, last6Hours: 0.1 },
              points: burnDown(since, until, 0.63, 0.5),
              coverage: { known: 17_911, total: 17_942, of: "applies", observed: 1 },
              evidence: evidence(66, "too_slow"),
            },
      ),
      objective(
        "workerRestarts",
        none
          ? { ...not, kind: "level", objective: 1 }
          : {
              kind: "level",
              objective: 1,
              value: 0.02,
              bad: 4,
              coverage: { known: 12, total: 12, of: "workers", observed: 1 },
            },
      ),
      objective("workerMemory", { ...not, kind: "level", objective: 50e6 }),
      objective("cacheHitRate", { ...not, kind: "level", objective: 0.8 }),
    ],
    notObserved: [],
  };
}

function measure(more: Partial<DoraMeasure>): DoraMeasure {
  return {
    value: null,
    unit: "ratio",
    p90: null,
    why: null,
    coverage: { known: 274, total: 274, of: "deployments", observed: 24 / 26 },
    evidence: NO_EVIDENCE,
    ...more,
  };
}

export function dora(
  since: number,
  until: number,
  by: string,
  explain: string | null,
  size: number,
  now = NOW,
): DoraAnswer {
  const length = by === "day" ? DAY : by === "month" ? 30 * DAY : 7 * DAY;
  const none = size === 0;
  const why = "Nothing was observed in this time.";
  const gap = { since: since + 11 * 7 * DAY, until: since + 13 * 7 * DAY };
  const missing = [{ reason: "source_silent", count: null, ...gap }];
  const buckets: DoraBucket[] = [];
  for (let start = since, index = 0; start < until && index < 200; start += length, index++) {
    const observed = !none && (start < gap.since || start >= gap.until);
    const deployments = observed ? (index === 6 ? 0 : 8 + ((index * 5) % 9)) : 0;
    const value = (number: number | null) => ({
      value: observed ? number : null,
      coverage: {
        known: observed ? deployments : 0,
        total: deployments,
        of: "deployments",
        observed: observed ? 1 : 0,
      },
    });
    const thin = index === 5;
    buckets.push({
      since: start,
      until: Math.min(until, start + length),
      observed,
      running: start + length > until,
      deployments,
      measures: {
        deploymentFrequency: value(deployments / (length / DAY)),
        changeLeadTime: {
          ...value(deployments === 0 ? null : (16 + ((index * 7) % 17)) * HOUR),
          ...(thin && { coverage: { known: 3, total: 14, of: "deployments", observed: 1 } }),
        },
        changeFailRate: value(deployments === 0 ? null : ((index * 3) % 20) / 100),
        failedDeploymentRecoveryTime: value(index % 4 === 2 ? null : (20 + ((index * 11) % 60)) * MINUTE),
        deploymentReworkRate: value(null),
      },
    });
  }
  const measures: Record<DoraMeasureName, DoraMeasure> = {
    deploymentFrequency: measure({
      unit: "per_day",
      value: 274 / 168,
      evidence: {
        formula: "274 / 168 days",
        counted: [{ reason: "deployment", count: 274 }],
        leftOut: [{ reason: "heartbeat", count: 11 }],
        missing,
        ids: [],
      },
    }),
    changeLeadTime: measure({
      unit: "ms",
      value: 21.6 * HOUR,
      p90: 58.2 * HOUR,
      coverage: { known: 247, total: 274, of: "deployments", observed: 24 / 26 },
      evidence: {
        formula: "median of 247",
        counted: [{ reason: "deployment", count: 247 }],
        leftOut: [],
        missing: [{ reason: "commit_time_unknown", count: 27, since: null, until: null }],
        ids: [],
      },
    }),
    changeFailRate: measure({
      value: 22 / 274,
      evidence: {
        formula: "22 / 274",
        counted: [
          { reason: "failed_after_change", count: 12 },
          { reason: "rolled_back", count: 9 },
          { reason: "rollout_rolled_back", count: 1 },
        ],
        leftOut: [
          { reason: "failed_before_change", count: 38 },
          { reason: "heartbeat", count: 11 },
          { reason: "reported_twice", count: 2 },
        ],
        missing,
        ids: [],
      },
    }),
    failedDeploymentRecoveryTime: measure({
      unit: "ms",
      value: 38 * MINUTE,
      p90: 125 * MINUTE,
      coverage: { known: 19, total: 22, of: "failed deployments", observed: 24 / 26 },
      evidence: {
        formula: "median of 19",
        counted: [
          { reason: "failed_after_change", count: 12 },
          { reason: "rolled_back", count: 7 },
        ],
        leftOut: [],
        missing,
        ids: [],
      },
    }),
    deploymentReworkRate: measure({
      why: "Nothing tells which deployments were unplanned.",
      coverage: { known: 0, total: 274, of: "deployments", observed: 24 / 26 },
    }),
  };
  const empty = measure({ why, coverage: { known: 0, total: 0, of: "deployments", observed: 0 } });
  const name = Object.keys(measures).find((each): each is DoraMeasureName => each === explain && each in measures);
  const total = name === undefined ? 0 : measures[name].evidence.counted.reduce((sum, each) => sum + each.count, 0);
  return {
    asOf: now,
    since,
    until,
    measures: none
      ? {
          deploymentFrequency: { ...empty, unit: "per_day" },
          changeLeadTime: { ...empty, unit: "ms" },
          changeFailRate: empty,
          failedDeploymentRecoveryTime: { ...empty, unit: "ms" },
          deploymentReworkRate: empty,
        }
      : measures,
    buckets,
    notObserved: none ? [] : [{ ...gap, reason: "source_silent", source: null }],
    explained:
      name === undefined
        ? null
        : {
            measure: name,
            total,
            items: Array.from({ length: Math.min(20, total) }, (_, index) => ({
              clusterId: "prod-eu",
              namespace: "shop",
              repoName: "checkout",
              at: NOW - index * 3 * DAY,
              syncId: `checkout-${index}`,
              eventId: `checkout-event-${index}`,
              revision: "e01b7c4aa1b2c3d4e5f60718293a4b5c6d7e8f90",
              reason:
                ["failed_after_change", "rolled_back", "failed_after_change", "rollout_rolled_back"][index % 4] ??
                "rolled_back",
              durationMs: name === "changeLeadTime" ? 21 * HOUR : null,
              errorType: index % 2 === 0 ? "apply_error" : null,
              relatedRevision: index % 4 === 1 ? "5a9e013" : null,
            })),
            nextCursor: total > 20 ? "20" : null,
          },
  };
}

export function stats(size: number, now = NOW): StatsAnswer {
  const received = size === 0 ? 0 : 1_204_331;
  const refused = size === 0 ? 0 : 71;
  const source = (name: string, clusterId: string, stored: number, tellsOutcomes: boolean, ago: number) => ({
    source: name,
    clusterId,
    system: name,
    stored,
    firstEventAt: now - 13 * DAY,
    lastEventAt: now - ago,
    lastReceivedAt: now - ago,
    tellsOutcomes,
  });
  return {
    asOf: now,
    engine: "duckdb",
    since: at("06:00:00", 12),
    received,
    stored: size === 0 ? 0 : 1_180_442,
    duplicate: size === 0 ? 0 : 20_118,
    ignored: size === 0 ? 0 : 3700,
    refused,
    dropped: 0,
    inFlight: 0,
    refusedByReason:
      size === 0
        ? []
        : [
            { reason: "unreadable", count: 59 },
            { reason: "unknown_form", count: 12 },
          ],
    byForm:
      size === 0
        ? []
        : [
            { form: "alumiini", count: 1_100_000 },
            { form: "cdevent", count: 80_442 },
          ],
    events: size === 0 ? 0 : 1_180_442,
    oldestAt: size === 0 ? null : at("06:00:00", 12),
    newestAt: size === 0 ? null : now - 2000,
    expired: 0,
    cutoff: null,
    usedBytes: 412e6,
    sources:
      size === 0
        ? []
        : [
            source("flux", "prod-eu", 702_118, true, 2000),
            source("flux", "prod-ap", 200_000, false, 9000),
            source("argocd", "prod-us", 211_870, true, 41_000),
            source("github", "prod-eu", 90_343, true, 13 * MINUTE),
          ],
    streams: size === 0 ? [] : [{ stream: "gitops", position: 88_400, missing: 2, updatedAt: now - 2000 }],
    notObserved: [],
  };
}

export function sinks(now = NOW): SinksAnswer {
  const fine = { pending: 0, dropped: 0, oldestPendingAt: null, failure: null, durable: true };
  return {
    asOf: now,
    sinks: [
      { ...fine, name: "NATS gitops.events", kind: "nats", delivered: 1_180_442 },
      {
        ...fine,
        name: "Kafka cdevents",
        kind: "kafka",
        delivered: 1_179_230,
        pending: 1212,
        oldestPendingAt: now - 271_000,
        failure: "NOT_ENOUGH_REPLICAS from broker 2",
      },
      { ...fine, name: "OTLP", kind: "otlp", delivered: 1_180_442, durable: false },
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
