import type { HeadersLike } from "../mapping/mapper.js";

/** A delivery before anything of it is believed. */
export interface UnverifiedDelivery {
  readonly headers: HeadersLike;
  /** The body as it came over the wire. A signature covers these bytes, and no other spelling of the same JSON. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Whether a delivery comes from somebody who knows a secret. Never throws, and tells nothing of the secret. */
export type Verify = (delivery: UnverifiedDelivery) => boolean | Promise<boolean>;

/** One secret, or several while it is being replaced. */
export type Secrets = string | readonly string[];

/**
 * Takes every delivery, whoever sends it: for a source that signs nothing, behind something that lets only the source
 * through.
 */
export function unverified(): Verify {
  return () => true;
}

const encoder = new TextEncoder();

/** The bytes of secrets. */
export function secretBytes(secrets: Secrets, of: string): Uint8Array<ArrayBuffer>[] {
  const given = typeof secrets === "string" ? [secrets] : secrets;
  // With an empty one, anybody could sign.
  if (given.length === 0 || given.some((secret) => typeof secret !== "string" || secret === "")) {
    throw new TypeError(`${of}: secrets must be one or more texts that are not empty`);
  }
  return given.map((secret) => encoder.encode(secret));
}

/** The platform's type, which Node's declarations give no name of its own. */
type HmacKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** Imports a key for HMAC-SHA256 once. */
export function hmacKey(secret: Uint8Array<ArrayBuffer>): () => Promise<HmacKey> {
  let key: Promise<HmacKey> | undefined;
  return () => {
    key ??= crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
    return key;
  };
}

/** Whether one of the signatures is that of one of the keys. Web Crypto compares in constant time. */
export async function isSignedBy(
  keys: readonly (() => Promise<HmacKey>)[],
  signatures: readonly Uint8Array<ArrayBuffer>[],
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  // Every pair is tried, so that the time does not tell which secret it was.
  const pairs = keys.flatMap((key) =>
    signatures.map(async (signature) => crypto.subtle.verify("HMAC", await key(), signature, signed)),
  );
  return (await Promise.all(pairs)).includes(true);
}
