import type { FleetState, MatchGrade, SloItem, SyncOutcome } from "@alumiini/history";

/** A state in words: shape and word carry the meaning, colour only helps. */
export interface Wording {
  readonly word: string;
  /** The symbol's name in the sprite, without `i-`. */
  readonly icon: string;
  /** The colour's class. */
  readonly tone: "fail" | "warn" | "ok" | "way" | "off" | "other";
}

/** In the order of `FLEET_STATES`: a test holds it. */
export const STATES: Readonly<Record<FleetState, Wording>> = {
  failing: { word: "Failing", icon: "failed", tone: "fail" },
  stuck: { word: "Stuck", icon: "stuck", tone: "fail" },
  drifted: { word: "Drifted", icon: "drift", tone: "warn" },
  stale: { word: "Stale", icon: "stale", tone: "warn" },
  no_data: { word: "No data", icon: "nodata", tone: "off" },
  suspended: { word: "Suspended", icon: "suspended", tone: "off" },
  syncing: { word: "Syncing", icon: "way", tone: "way" },
  healthy: { word: "Healthy", icon: "ok", tone: "ok" },
};

export const OUTCOMES: Readonly<Record<SyncOutcome, Wording>> = {
  succeeded: { word: "Succeeded", icon: "ok", tone: "ok" },
  failed: { word: "Failed", icon: "failed", tone: "fail" },
  timed_out: { word: "Timed out", icon: "failed", tone: "fail" },
  rolled_back: { word: "Rolled back", icon: "back", tone: "warn" },
  under_way: { word: "Under way", icon: "way", tone: "way" },
  unknown: { word: "Unknown", icon: "nodata", tone: "off" },
};

export const SLO_STATES: Readonly<Record<SloItem["state"], Wording>> = {
  spent: { word: "Spent", icon: "failed", tone: "fail" },
  burning_fast: { word: "Burning fast", icon: "drift", tone: "warn" },
  holds: { word: "Holds", icon: "ok", tone: "ok" },
  not_measured: { word: "Not measured here", icon: "nodata", tone: "off" },
};

export const DRIFT: Wording = { word: "Drift", icon: "drift", tone: "warn" };

/** Best first; pips of four. */
export const GRADES: Readonly<Record<MatchGrade, { readonly word: string; readonly pips: number }>> = {
  exact: { word: "Exact", pips: 4 },
  strong: { word: "Strong", pips: 3 },
  likely: { word: "Likely", pips: 2 },
  nearby: { word: "Nearby", pips: 1 },
};

/** What another system's event looks like. */
export function systemWording(system: string): Wording {
  const word = SYSTEMS[system] ?? system;
  return { word, icon: system === "kulta" ? "kulta" : "tapio", tone: "other" };
}

const SYSTEMS: Readonly<Record<string, string>> = {
  alumiini: "ALUMIINI",
  argocd: "Argo CD",
  cdevents: "CDEvents",
  flux: "Flux",
  github: "GitHub",
  gitlab: "GitLab",
  kubernetes: "Kubernetes",
  kulta: "KULTA",
  tapio: "TAPIO",
  tekton: "Tekton",
};

/** The system that reported a repository, as its makers spell it. */
export function sourceName(source: string | null): string {
  return source === null ? "source unknown" : (SYSTEMS[source] ?? source);
}

/** The wording of any event by its system, type and outcome. */
export function eventWording(event: { readonly system: string; readonly type: string; readonly outcome: string }) {
  if (event.system !== "alumiini" && event.system !== "cdevents") return systemWording(event.system);
  if (event.type.startsWith("drift_detected")) return DRIFT;
  if (event.outcome === "failure") return OUTCOMES.failed;
  if (event.outcome === "timeout") return OUTCOMES.timed_out;
  if (event.outcome === "in_progress" || event.type.endsWith("_started")) return OUTCOMES.under_way;
  if (event.outcome === "success") return OUTCOMES.succeeded;
  return OUTCOMES.unknown;
}
