import { asCdevents, DAY, HOUR, START, syncEvents, wire } from "./sample-events.js";

// Names that collations, `like` and JSON treat differently.
export const REPOS = ["a", "B", "_x", "10", "9", "Z%", "ä", "😀é", "back\\slash", "it's"];
export const CLUSTERS = ["prod-eu", "prod-us"];

/** A random set of events in all forms, with everything that queries can filter by. */
export function randomEvents(random: () => number, size: number): unknown[] {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const events: unknown[] = [];
  const revision = () =>
    `${Math.floor(random() * 6)
      .toString(16)
      .repeat(8)}`;
  for (let index = 0; index < size; index++) {
    const repo = pick(REPOS);
    // Whole seconds, so that many events share a time.
    const at = START + Math.floor(random() * 30 * 24 * 3_600) * 1_000;
    const cluster = pick(CLUSTERS);
    const attributes = {
      ...(random() < 0.5 && { "deployment.environment.name": pick(["production", "staging"]) }),
      ...(random() < 0.2 && { "alumiini.rollout.ref": `shop/${pick(["x", "y"])}` }),
      ...(random() < 0.3 && { "alumiini.repo.committed_at": at - Math.floor(random() * DAY) }),
      ...(random() < 0.1 && { trace_id: "4bf92f3577b34da6a3ce929d0e0e4736" }),
      ...(random() < 0.1 && { "alumiini.source.suspended": random() < 0.5 }),
      ...(random() < 0.3 && { "alumiini.source.system": pick(["flux", "argocd"]) }),
    };
    const fails = random() < 0.3 ? pick(["git", "apply", "early"] as const) : undefined;
    const previous = random() < 0.5 ? revision() : undefined;
    const sync = syncEvents({
      sync: `sync-${Math.floor(random() * size)}`,
      at,
      took: 1 + Math.floor(random() * 60_000),
      repo,
      ...(random() < 0.9 && { commit: revision() }),
      ...(previous !== undefined && { previous }),
      ...(fails !== undefined && { fails }),
      ...(random() < 0.1 && { open: true }),
      attributes,
    }).map((event) => ({ ...event, cluster_id: cluster }));
    events.push(...sync, ...(random() < 0.2 ? sync.flatMap(asCdevents) : []));
    if (random() < 0.2) {
      const type = random() < 0.6 ? "drift_detected" : "drift_corrected";
      const resource = `Deployment/shop/${pick(["a", "b"])}`;
      events.push(
        wire(type, at, { repo_name: repo, cluster_id: cluster, attributes: { "alumiini.resource.key": resource } }),
      );
    }
    if (random() < 0.2) {
      events.push({
        id: `o${index}`,
        timestamp: new Date(at).toISOString(),
        source: "tapio",
        type: "kernel.network.refused",
        protocol_version: "1.0",
        severity: "error",
        outcome: "failure",
        context: { cluster, entities: [{ kind: "deployment", id: "shop/a-api", name: "a-api", namespace: "shop" }] },
        error: { code: "X", message: "y" },
      });
    }
    if (random() < 0.05) {
      events.push({
        context: {
          version: "0.4.1",
          id: `k${index}`,
          source: "https://kulta.io/controller",
          type: "dev.cdevents.service.rolledback.0.2.0",
          timestamp: new Date(at + HOUR).toISOString(),
        },
        subject: { id: "s", type: "service", content: { environment: { id: "shop/x" } } },
        customData: {
          kulta: { rollout: { namespace: "shop", name: "x", uid: `u${index % 3}`, generation: index % 2 } },
        },
      });
    }
    if (random() < 0.05) events.push("{ not json", wire("worker_stopped", at, { repo_name: repo, outcome: "failure" }));
  }
  return events;
}
