import { createHmac } from "node:crypto";
import {
  bearer,
  type DeliveryCounts,
  gitlabToken,
  hmacSha256,
  type IngestSource,
  type IngestStats,
  unverified,
} from "../../src/index.js";
import { type Fixture, mapperOf, type SampleDelivery } from "./fixtures.js";

/** The source of a fixture, verified as its deliveries are signed. */
export function sourceOf({ source, secret, token }: Fixture): IngestSource {
  const map = mapperOf(source);
  if (secret !== undefined) {
    return {
      map,
      verify: hmacSha256({ header: source === "github" ? "x-hub-signature-256" : "x-signature", secrets: secret }),
    };
  }
  if (token === undefined) return { map, verify: unverified() };
  return { map, verify: source === "gitlab" ? gitlabToken({ secrets: token }) : bearer({ secrets: token }) };
}

export function requestOf(path: string, { headers, text }: SampleDelivery, base = "http://localhost"): Request {
  return new Request(base + path, { method: "POST", headers, body: text });
}

export function sign(text: string | Uint8Array, secret: string): string {
  return `sha256=${createHmac("sha256", secret).update(text).digest("hex")}`;
}

/** What `received` must be. */
export function accountedFor({ accepted, duplicate, ignored, rejected, inProgress }: DeliveryCounts): number {
  const all = [...Object.values(ignored), ...Object.values(rejected)];
  return accepted + duplicate + inProgress + all.reduce((sum, count) => sum + count, 0);
}

/** Whether the equation holds, for the whole and for each source. */
export function isBalanced(stats: IngestStats): boolean {
  return [stats, ...Object.values(stats.sources)].every((counts) => counts.received === accountedFor(counts));
}

/** A small event of Flux, each with its own second. */
export function fluxText(second: number, fields: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    involvedObject: {
      kind: "Kustomization",
      namespace: "shop",
      name: "web",
      uid: "uid-web",
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    },
    severity: "info",
    timestamp: new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString().replace(".000", ""),
    message: "Reconciliation finished in 1.5s, next run in 5m0s",
    reason: "ReconciliationSucceeded",
    metadata: { "kustomize.toolkit.fluxcd.io/revision": `main@sha1:${"0f".repeat(20)}` },
    reportingController: "kustomize-controller",
    ...fields,
  });
}
