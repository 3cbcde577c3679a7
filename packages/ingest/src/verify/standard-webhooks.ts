import { headerOf } from "../mapping/mapper.js";
import { isSignedBy, type Secrets, type SyncVerify, secretBytes } from "./verify.js";

/** What `standardWebhooks` takes. */
export interface StandardWebhooksOptions {
  /** As the sender shows them: `whsec_` and base 64. */
  readonly secrets: Secrets;
  /** Milliseconds that the sender's clock may be off; `Infinity` takes any time. Default 5 minutes. */
  readonly toleranceMs?: number;
  /** The time, in milliseconds since the Unix epoch. Default `Date.now`. */
  readonly now?: () => number;
}

/** Signatures of one delivery that are tried. */
const MOST_SIGNATURES = 8;

/**
 * Verifies by the Standard Webhooks specification, as GitLab signs since version 19: `webhook-signature` holds
 * `v1,<base 64>`, the HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>`, one for each secret of the sender.
 *
 * @throws {TypeError} when a secret is empty.
 */
export function standardWebhooks({
  secrets,
  toleranceMs = 300_000,
  now = Date.now,
}: StandardWebhooksOptions): SyncVerify {
  secretBytes(secrets, "standardWebhooks");
  const keys = [secrets].flat().flatMap(keysOf);
  return ({ headers, body }) => {
    const id = headerOf(headers, "webhook-id");
    const timestamp = headerOf(headers, "webhook-timestamp");
    const given = headerOf(headers, "webhook-signature");
    if (id === undefined || timestamp === undefined || given === undefined) return false;
    if (!/^\d{1,15}$/.test(timestamp) || Math.abs(now() - 1000 * Number(timestamp)) > toleranceMs) return false;
    const signatures = given.split(" ", MOST_SIGNATURES).flatMap((entry) => {
      const base64 = /^v1,([A-Za-z\d+/]{43}=)$/.exec(entry)?.[1];
      return base64 === undefined ? [] : [bytesOfBase64(base64)];
    });
    const head = new TextEncoder().encode(`${id}.${timestamp}.`);
    const signed = new Uint8Array(head.length + body.length);
    signed.set(head);
    signed.set(body, head.length);
    return isSignedBy(keys, signatures, signed);
  };
}

const PREFIX = "whsec_";

/** The key behind the prefix. Without the prefix it may be base 64 or the key itself: senders differ. */
function keysOf(secret: string): Uint8Array[] {
  const bare = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  const decoded = /^[A-Za-z\d+/]+={0,2}$/.test(bare) && bare.length % 4 !== 1 ? [bytesOfBase64(bare)] : [];
  return secret.startsWith(PREFIX) && decoded.length > 0 ? decoded : [...decoded, new TextEncoder().encode(secret)];
}

function bytesOfBase64(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
