/** What a version of a source does not report. */
export interface BlindSpot {
  readonly system: "flux" | "argocd" | "github" | "gitlab";
  /** The versions that are known for it; `all` if no version reports it. */
  readonly versions: string;
  /** What does not arrive, and what follows. */
  readonly missing: string;
  /** The public report. */
  readonly report?: string;
}

/** What the sources are known not to report, as of November 2026. The set-up functions print it beside the manifests. */
export const BLIND_SPOTS: readonly BlindSpot[] = [
  {
    system: "flux",
    versions: "all",
    missing: "the start of a sync: nothing is shown as under way or stuck",
  },
  {
    system: "flux",
    versions: "all",
    missing: "whether an object is suspended: that comes from a backfill",
  },
  {
    system: "flux",
    versions: "all",
    missing: "the same message again within 5 minutes: a retry that fails the same way is not seen",
  },
  {
    system: "flux",
    versions: "notification-controller 1.8.0, provider generic",
    missing: "ReconciliationSucceeded: no Kustomization ever completes; use generic-hmac",
    report: "https://github.com/fluxcd/notification-controller/issues/1289",
  },
  {
    system: "flux",
    versions: "notification-controller, provider generic-hmac, open",
    missing: "HealthCheckFailed: a failed health check is seen when the next sync tells",
    report: "https://github.com/fluxcd/notification-controller/issues/1303",
  },
  {
    system: "flux",
    versions: "kustomize-controller with the feature gate DisableCommitStatusEvent",
    missing: "ReconciliationSucceeded: no Kustomization ever completes; leave the gate off",
  },
  {
    system: "argocd",
    versions: "all, with the triggers of the catalogue (oncePer the revision)",
    missing: "a rollback to a revision that was deployed before; the trigger below tells it",
  },
  {
    system: "argocd",
    versions: "all",
    missing: "the revision of an operation that fails early: it has no commit",
    report: "https://github.com/argoproj/argo-cd/issues/29575",
  },
  {
    system: "argocd",
    versions: "all",
    missing: "in a monorepo, the Application's own commit: the revision is the newest of the repository",
    report: "https://github.com/argoproj/argo-cd/issues/16601",
  },
  {
    system: "github",
    versions: "all",
    missing:
      "a delivery that failed: GitHub does not send it again by itself; redeliver it in the settings of the hook",
  },
  {
    system: "github",
    versions: "all",
    missing: "that a deployment became inactive",
    report: "https://github.com/github/docs/pull/3736",
  },
  {
    system: "gitlab",
    versions: "all",
    missing: "the time of a push: it is dated by its newest commit",
  },
];

/** The blind spots of a system as comments of YAML. */
export function blindSpotComments(system: BlindSpot["system"]): string {
  const spots = BLIND_SPOTS.filter((spot) => spot.system === system);
  const lines = spots.map(
    ({ versions, missing, report }) => `#   ${versions}: ${missing}${report ? ` (${report})` : ""}`,
  );
  return ["# What it does not tell:", ...lines, ""].join("\n");
}
