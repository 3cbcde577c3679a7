import { headerOf } from "../mapping/mapper.js";
import { isSignedBy, type Secrets, type SyncVerify, secretBytes } from "./verify.js";

/** What `hmacSha256` takes. */
export interface HmacOptions {
  /** The header with the signature: `x-signature` of Flux, `x-hub-signature-256` of GitHub. */
  readonly header: string;
  readonly secrets: Secrets;
}

/**
 * Verifies `sha256=<hex>`, the HMAC-SHA256 of the body: Flux's `generic-hmac` provider and GitHub.
 *
 * @throws {TypeError} when a secret is empty, or the header has no name.
 *
 * @example
 * ```ts
 * import { hmacSha256 } from "@alumiini/ingest";
 *
 * declare const secret: string;
 * const verify = hmacSha256({ header: "x-hub-signature-256", secrets: secret });
 * ```
 */
export function hmacSha256({ header, secrets }: HmacOptions): SyncVerify {
  if (typeof header !== "string" || header === "") throw new TypeError("hmacSha256: header must name a header");
  const keys = secretBytes(secrets, "hmacSha256");
  return ({ headers, body }) => {
    const hex = /^sha256=([0-9a-f]{64})$/i.exec(headerOf(headers, header) ?? "")?.[1];
    return hex !== undefined && isSignedBy(keys, [bytesOfHex(hex)], body);
  };
}

function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
    Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16),
  );
}
