import { html, scriptHash, styleHash } from "page:asset";

export { addressOf, type ParameterName, type Place, type PlaceRepository, type View } from "./address.js";
export type { DeliveryState, SinkState, SinksAnswer } from "./sinks.js";

/** The page, ready to be served. */
export interface Page {
  /** The whole page: one HTML document with its style sheet and script, and nothing to load from elsewhere. */
  readonly html: string;
  /** The response headers it needs, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Returns the page of a history, to be served at a path that ends in `/`, beside the history's `/v1/…`: it asks
 * `v1/…` relative to its own address, so it works behind any prefix. It reads, and never writes.
 *
 * Where `/v1/…` returns 401, the page asks for a token and sends it once, as `POST session` with the body
 * `{"token":"…"}` (JSON), relative to its own address. Return 204 with an `HttpOnly; SameSite=Strict` cookie, or 401.
 */
export function page(): Page {
  return { html, headers: HEADERS };
}

const POLICY = [
  "default-src 'none'",
  `script-src '${scriptHash}'`,
  `style-src '${styleHash}'`,
  "connect-src 'self'",
  // The empty icon, which keeps browsers from asking for /favicon.ico.
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
];

const HEADERS: Page["headers"] = Object.freeze({
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": POLICY.join("; "),
  "cache-control": "no-cache",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
});
