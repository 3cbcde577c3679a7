import type { FleetAnswer, FleetRow, FleetState, OutcomeMark, SyncOutcome } from "@alumiini/history";
import { at, DAY, MINUTE, NOW } from "./times.ts";

export function marks(pattern: string, name: string): OutcomeMark[] {
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

export const WORST: readonly FleetRow[] = [
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

/** A fleet of this many repositories: the worst first, the rest healthy. */
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
