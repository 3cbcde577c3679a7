import { createHmac } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { WebhookProvider } from "@alumiini/core";
import { gitlabToken, hmacSha256, type SyncVerify } from "@alumiini/ingest";

/** The secret shared with each forge; a forge without one is not listened to. */
export type WebhookSecrets = Readonly<Partial<Record<WebhookProvider, string>>>;

/** How each forge proves that a delivery is its own: a signature of the body, or with GitLab the secret itself. */
const VERIFIERS: Readonly<Record<WebhookProvider, (secrets: string) => SyncVerify>> = {
  github: (secrets) => hmacSha256({ header: "x-hub-signature-256", secrets }),
  gitlab: (secrets) => gitlabToken({ secrets }),
  bitbucket: (secrets) => hmacSha256({ header: "x-hub-signature", secrets }),
};

/** Whether a delivery comes from somebody who knows the secret. */
export function isAuthentic(
  provider: WebhookProvider,
  headers: IncomingHttpHeaders,
  body: Buffer,
  secret: string,
): boolean {
  // An empty secret would accept what anybody can compute.
  return secret !== "" && VERIFIERS[provider](secret)({ headers, body });
}

/** The signature that GitHub and Bitbucket send for a body. */
export function sign(body: Buffer | string, secret: string): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}
