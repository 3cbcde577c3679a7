import { headerOf } from "../mapping/mapper.js";
import { isSignedBy, type Secrets, type SyncVerify, secretBytes, sign, type UnverifiedDelivery } from "./verify.js";

/**
 * Verifies GitLab's `X-Gitlab-Token`: the secret itself.
 *
 * @throws {TypeError} when a secret is empty.
 */
export function gitlabToken({ secrets }: { readonly secrets: Secrets }): SyncVerify {
  return tokenVerifier("gitlabToken", secrets, ({ headers }) => headerOf(headers, "x-gitlab-token"));
}

/**
 * Verifies `Authorization: Bearer <token>`: for Argo CD, which signs nothing, and for all that can send a header.
 *
 * @throws {TypeError} when a secret is empty.
 */
export function bearer({ secrets }: { readonly secrets: Secrets }): SyncVerify {
  return tokenVerifier("bearer", secrets, ({ headers }) => {
    return /^bearer +(\S+)$/i.exec(headerOf(headers, "authorization") ?? "")?.[1];
  });
}

/** Longer ones are no tokens: what is hashed for a stranger is bounded. */
const LONGEST_TOKEN = 8192;

function tokenVerifier(
  of: string,
  secrets: Secrets,
  read: (delivery: UnverifiedDelivery) => string | undefined,
): SyncVerify {
  // A random key: the time that comparing takes reveals nothing about either text.
  const key = crypto.getRandomValues(new Uint8Array(32));
  const expected = secretBytes(secrets, of).map((secret) => sign(key, secret));
  return (delivery) => {
    const token = read(delivery);
    if (token === undefined || token.length > LONGEST_TOKEN) return false;
    return isSignedBy([key], expected, new TextEncoder().encode(token));
  };
}
