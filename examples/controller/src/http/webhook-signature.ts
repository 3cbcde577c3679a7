import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { WebhookProvider } from "@alumiini/core";

/** The secret shared with each forge; a forge without one is not listened to. */
export type WebhookSecrets = Readonly<Partial<Record<WebhookProvider, string>>>;

/** Where each forge puts what proves that a delivery is its own. */
const HEADERS: Readonly<Record<WebhookProvider, string>> = {
  github: "x-hub-signature-256",
  gitlab: "x-gitlab-token",
  bitbucket: "x-hub-signature",
};

/**
 * Whether a delivery comes from somebody who knows the secret: GitHub and Bitbucket sign the body (HMAC-SHA256, as
 * `sha256=<hex>`), GitLab sends the secret itself.
 */
export function isAuthentic(
  provider: WebhookProvider,
  headers: IncomingHttpHeaders,
  body: Buffer,
  secret: string,
): boolean {
  const given = headers[HEADERS[provider]];
  // An empty secret would accept what anybody can compute.
  if (typeof given !== "string" || secret === "") return false;
  const expected = provider === "gitlab" ? secret : sign(body, secret);
  return equalInConstantTime(given, expected);
}

/** The signature that GitHub and Bitbucket send for a body. */
export function sign(body: Buffer | string, secret: string): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

/** Compares digests, which are all of one length: the time taken tells nothing about either text. */
export function equalInConstantTime(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
