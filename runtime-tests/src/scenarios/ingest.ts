import { type AluminiEvent, createTelemetry } from "@alumiini/core";
import { flux, gitlab, gitlabToken, hmacSha256, ingestHandler } from "@alumiini/ingest";

/** What the ingest scenario came to: plain data, so that the answers of two runtimes can be compared. */
export interface IngestResult {
  readonly statuses: readonly number[];
  readonly ids: readonly string[];
  readonly types: readonly string[];
  readonly balanced: boolean;
}

const COMMIT = "8c9d8c9d8c9d8c9d8c9d8c9d8c9d8c9d8c9d8c9d";

const FLUX = JSON.stringify({
  involvedObject: { kind: "Kustomization", namespace: "shop", name: "web", uid: "u-1", apiVersion: "x/v1" },
  severity: "info",
  timestamp: "2026-01-01T00:00:00Z",
  message: "Reconciliation finished in 1m4.5s, next run in 5m0s – büro",
  reason: "ReconciliationSucceeded",
  metadata: { revision: `main@sha1:${COMMIT}` },
});
/** HMAC-SHA256 of the text above by "secret", as another program has computed it. */
const SIGNATURE = "sha256=da9d1c3f9331be8945653bfacfbfe641f0a4e5e3da54dcda447a080d60837f80";

const GITLAB = JSON.stringify({
  object_kind: "deployment",
  status: "running",
  deployment_id: 5,
  status_changed_at: "2026-01-01 02:00:00 +0200",
  project: { id: 9, path_with_namespace: "acme/shop" },
  commit_url: `https://gitlab.example/acme/shop/-/commit/${COMMIT}`,
});

/** Uses what the main entry offers: nothing here knows which runtime it is in. */
export async function scenario(): Promise<IngestResult> {
  const events: AluminiEvent[] = [];
  const telemetry = createTelemetry({ clusterId: "any-runtime" });
  telemetry.subscribe({ name: "collector", handle: (event) => void events.push(event), stored() {} });
  const handler = ingestHandler({
    sources: {
      "/flux": { map: flux, verify: hmacSha256({ header: "x-signature", secrets: "secret" }) },
      "/gitlab": { map: gitlab, verify: gitlabToken({ secrets: ["old", "new"] }) },
    },
    to: telemetry,
    durable: ["collector"],
  });
  const statuses: number[] = [];
  const post = async (path: string, body: string, headers: Record<string, string>) => {
    const request = new Request(`http://localhost${path}`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", ...headers },
    });
    statuses.push((await handler(request)).status);
  };
  await post("/flux", FLUX, { "x-signature": SIGNATURE });
  await post("/flux", FLUX, { "x-signature": SIGNATURE });
  await post("/flux", `${FLUX} `, { "x-signature": SIGNATURE });
  await post("/gitlab", GITLAB, { "x-gitlab-token": "new" });
  await post("/gitlab", GITLAB, { "x-gitlab-token": "other" });
  const { received, accepted, duplicate, rejected, inProgress } = handler.stats();
  return {
    statuses,
    ids: events.map(({ id }) => id),
    types: events.map(({ type }) => type),
    balanced: received === accepted + duplicate + (rejected.unauthorized ?? 0) + inProgress,
  };
}
