const MINUTE = 60_000;

/** What Flux' notification-controller sends of a Kustomization and a HelmRelease, made up for the minutes before `now`. */
export function fluxDeliveries(now: number): string[] {
  const kustomization = (minutes: number, revision: string, failed?: string) =>
    event(now - minutes * MINUTE, {
      involvedObject: {
        apiVersion: "kustomize.toolkit.fluxcd.io/v1",
        kind: "Kustomization",
        namespace: "shop",
        name: "inventory",
        uid: "0d2f7a11-0000-4000-8000-000000000001",
      },
      severity: failed === undefined ? "info" : "error",
      reason: failed === undefined ? "ReconciliationSucceeded" : "HealthCheckFailed",
      message: failed ?? "Reconciliation finished in 1.52s, next run in 10m0s",
      metadata: { "kustomize.toolkit.fluxcd.io/revision": `main@sha1:${revision}` },
      reportingController: "kustomize-controller",
    });
  const helm = event(now - 18 * MINUTE, {
    involvedObject: {
      apiVersion: "helm.toolkit.fluxcd.io/v2",
      kind: "HelmRelease",
      namespace: "shop",
      name: "redis",
      uid: "0d2f7a11-0000-4000-8000-000000000002",
    },
    severity: "info",
    reason: "UpgradeSucceeded",
    message: "Helm upgrade succeeded for release shop/redis.v4 with chart redis@20.1.3",
    metadata: { "helm.toolkit.fluxcd.io/revision": "20.1.3" },
    reportingController: "helm-controller",
  });
  const first = "3b1f".repeat(10);
  const second = "8c2e".repeat(10);
  return [
    kustomization(35, first),
    helm,
    kustomization(
      12,
      second,
      "health check failed after 5m0s: timeout waiting for: [Deployment/shop/inventory status: 'InProgress']",
    ),
    kustomization(3, second),
  ];
}

function event(at: number, fields: object): string {
  return JSON.stringify({ ...fields, timestamp: new Date(at).toISOString() });
}
