import { hmac } from "@noble/hashes/hmac";
import { sha256 } from "@noble/hashes/sha2";
import { headerOf } from "../mapping/mapper.js";
import { type Secrets, secretBytes, type UnverifiedDelivery, type Verify } from "./verify.js";

/**
 * Verifies GitLab's `X-Gitlab-Token`: the secret itself.
 *
 * @throws {TypeError} when a secret is empty.
 */
export function gitlabToken({ secrets }: { readonly secrets: Secrets }): Verify {
  return tokenVerifier("gitlabToken", secrets, ({ headers }) => headerOf(headers, "x-gitlab-token"));
}

/**
 * Verifies `Authorization: Bearer <token>`: for Argo CD, which signs nothing, and for all that can send a header.
 *
 * @throws {TypeError} when a secret is empty.
 */
export function bearer({ secrets }: { readonly secrets: Secrets }): Verify {
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
): Verify {
  // A key that nobody knows: so the time that comparing takes tells nothing about either text.
  const key = crypto.getRandomValues(new Uint8Array(32));
  const digest = (bytes: Uint8Array) => hmac(sha256, key, bytes);
  const expected = secretBytes(secrets, of).map(digest);
  return (delivery) => {
    const token = read(delivery);
    if (token === undefined || token.length > LONGEST_TOKEN) return false;
    const given = digest(new TextEncoder().encode(token));
    let found = 0;
    for (const one of expected) found |= equal(one, given);
    return found === 1;
  };
}

function equal(a: Uint8Array, b: Uint8Array): 0 | 1 {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0 ? 1 : 0;
}
