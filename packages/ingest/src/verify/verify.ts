import { hmac } from "@noble/hashes/hmac";
import { sha256 } from "@noble/hashes/sha2";
import type { HeadersLike } from "../mapping/mapper.js";

/** A delivery before anything of it is believed. */
export interface UnverifiedDelivery {
  readonly headers: HeadersLike;
  /** The body as it came over the wire. A signature covers these bytes, and no other spelling of the same JSON. */
  readonly body: Uint8Array;
}

/** Whether the sender of a delivery knows a secret. Never throws, and reveals nothing of the secret. */
export type Verify = (delivery: UnverifiedDelivery) => boolean | Promise<boolean>;

/** The same, without waiting. */
export type SyncVerify = (delivery: UnverifiedDelivery) => boolean;

/** One secret, or several while it is being replaced. */
export type Secrets = string | readonly string[];

/**
 * Takes every delivery, whoever sends it: for a source that signs nothing, behind something that lets only the source
 * through.
 */
export function unverified(): SyncVerify {
  return () => true;
}

const encoder = new TextEncoder();

/** The bytes of secrets. */
export function secretBytes(secrets: Secrets, of: string): Uint8Array[] {
  const given = typeof secrets === "string" ? [secrets] : secrets;
  // With an empty one, anybody could sign.
  if (given.length === 0 || given.some((secret) => typeof secret !== "string" || secret === "")) {
    throw new TypeError(`${of}: secrets must be one or more texts that are not empty`);
  }
  return given.map((secret) => encoder.encode(secret));
}

/** The HMAC-SHA256 of some bytes. */
export function sign(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return hmac(sha256, key, bytes);
}

/**
 * Whether one of the signatures is that of one of the keys. Every pair is compared, and whole, so that the time tells
 * nothing. Web Crypto would do it in another thread, and take three times as long for what webhooks send.
 */
export function isSignedBy(
  keys: readonly Uint8Array[],
  signatures: readonly Uint8Array[],
  signed: Uint8Array,
): boolean {
  let found = 0;
  for (const key of keys) {
    const expected = sign(key, signed);
    for (const signature of signatures) found |= equal(expected, signature);
  }
  return found === 1;
}

/** 1 where both are the same; takes as long where they are not. */
function equal(a: Uint8Array, b: Uint8Array): 0 | 1 {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0 ? 1 : 0;
}
