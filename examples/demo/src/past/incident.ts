import type { HalfYear } from "./half-year.ts";
import { HOUR, MINUTE, type Place, SECOND, Wire } from "./wire.ts";

/** The morning's incident: a release of `checkout` that takes too much memory. */
export interface Incident {
  readonly events: Record<string, unknown>[];
  /** The repository that broke, and when: what `alumiini around` is asked. */
  readonly broke: { readonly repository: string; readonly at: number };
}

const NEW = "9f3c1ab07d5e4c2b8a6f1e0d3c5b7a9f8e6d4c2b";
const INGRESS = "51be77d0c3a94f6e8b2d1a0f7c5e3b9d8a6f4e2c";

/**
 * Tells the last hour: `checkout` gets a commit at 40 minutes before the end, its pods run out of memory (as TAPIO
 * reports), its canary is rolled back (as KULTA reports), and every sync since then fails. Nearby, `ingress` changed.
 * In another cluster `checkout` runs on, and elsewhere somebody edited an object by hand.
 */
export function incident(now: number, { running }: Pick<HalfYear, "running">): Incident {
  // Ids beside those of the half-year.
  const wire = new Wire(5_000_000);
  const find = (cluster: string, repo: string): [Place, string] => {
    const found = [...running].find(([place]) => place.cluster === cluster && place.repo === repo);
    if (found === undefined) throw new Error(`the fleet has no ${repo} in ${cluster}`);
    return found;
  };
  const [checkout, before] = find("prod-eu", "checkout");
  const [ingress, ingressBefore] = find("prod-eu", "ingress");
  const [monitoring] = find("prod-eu", "monitoring");
  const payments = { cluster: "staging", namespace: "shop", repo: "payments" };
  const start = now - 40 * MINUTE;
  const failedAt = start + 2 * MINUTE + 9 * SECOND;
  const failure = {
    type: "apply_error",
    message: "health check failed after 2m0s: Deployment/shop/checkout: 1 of 3 replicas is ready, the others restart",
  };
  const events = [
    ...wire.sync({
      place: ingress,
      at: start - 8 * MINUTE,
      took: 7 * SECOND,
      commit: INGRESS,
      previous: ingressBefore,
      trigger: "webhook",
      committedAt: start - 3 * HOUR,
    }),
    ...wire.sync({
      place: checkout,
      at: start,
      took: failedAt - start,
      commit: NEW,
      previous: before,
      trigger: "webhook",
      committedAt: start - 22 * MINUTE,
      failure,
      rolloutRef: "shop/checkout",
    }),
    kulta("deployed", start + 20 * SECOND, 1, "initialization"),
    kulta("upgraded", start + 50 * SECOND, 2, "step_advanced"),
    oomKill("checkout-7d4b9c6f5-x2x9k", start + 64 * SECOND),
    oomKill("checkout-7d4b9c6f5-p8d4v", start + 71 * SECOND),
    connectionRefused(start + 80 * SECOND),
    kulta("rolledback", start + 110 * SECOND, 2, "analysis_failed"),
    wire.event("drift_detected", monitoring, now - 25 * MINUTE, {
      attributes: { "alumiini.resource.key": "Deployment/platform/monitoring" },
    }),
    {
      type: "suspension",
      timestamp: now - 30 * MINUTE,
      cluster_id: payments.cluster,
      namespace: payments.namespace,
      repo_name: payments.repo,
      attributes: { "alumiini.source.suspended": true },
    },
  ];
  for (let again = 1; again <= 3; again++) {
    const at = start + again * 11 * MINUTE;
    events.push(
      ...wire.sync({
        place: checkout,
        at,
        took: 2 * MINUTE + 5 * SECOND,
        commit: NEW,
        previous: before,
        trigger: "poll",
        failure,
      }),
    );
  }
  return { events, broke: { repository: "prod-eu/shop/checkout", at: failedAt } };
}

/** A CDEvent as KULTA's rollout controller sends it. */
function kulta(phase: "deployed" | "upgraded" | "rolledback", at: number, step: number, reason: string) {
  return {
    context: {
      version: "0.4.1",
      id: `kulta-checkout-41-${phase}`,
      source: "https://kulta.example/controller",
      type: `dev.cdevents.service.${phase}.0.2.0`,
      timestamp: new Date(at).toISOString(),
    },
    subject: {
      id: "/rollouts/shop/checkout",
      type: "service",
      content: { environment: { id: "shop/checkout" }, artifactId: "pkg:oci/checkout@sha256:9f3c1ab" },
    },
    customData: {
      kulta: {
        rollout: { namespace: "shop", name: "checkout", uid: "5f1c7a40-0000-4000-8000-000000000041", generation: 41 },
        strategy: "canary",
        step: { index: step, total: 5, traffic_weight: step * 20 },
        decision: { reason },
      },
    },
  };
}

/** An occurrence as TAPIO's agent writes it. */
function tapio(id: string, type: string, at: number, more: object, context: object) {
  return {
    id,
    timestamp: new Date(at).toISOString(),
    source: "tapio-agent",
    type,
    protocol_version: "1.0",
    severity: "error",
    outcome: "failure",
    context: { cluster: "prod-eu", ...context },
    ...more,
  };
}

function oomKill(pod: string, at: number) {
  return tapio(
    `tapio-oom-${pod}`,
    "kernel.container.oom_kill",
    at,
    { error: { code: "OOM_KILLED", message: "the container used more than its limit of 256 MiB", what_failed: pod } },
    { entities: [{ kind: "pod", id: `shop/${pod}`, name: pod, namespace: "shop" }] },
  );
}

function connectionRefused(at: number) {
  return tapio(
    "tapio-refused-1",
    "kernel.network.connection_refused",
    at,
    {
      error: {
        code: "ECONNREFUSED",
        message: "nothing listens on 10.96.4.20:8080",
        what_failed: "ingress to checkout",
      },
      data: { pid: 2214, comm: "nginx", dst_ip: "10.96.4.20", dst_port: 8080 },
    },
    {
      entities: [
        { kind: "pod", id: "platform/ingress-5c9d7-k2k8z", name: "ingress-5c9d7-k2k8z", namespace: "platform" },
      ],
    },
  );
}
