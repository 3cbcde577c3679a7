import { redactText } from "@alumiini/core";

/** Shorter values are ignored: they occur in ordinary text. */
const SHORTEST_SECRET = 4;

/**
 * Removes what was sent as URL and header values from a text that others wrote: receivers repeat credentials, and the
 * errors of `fetch` show what they stumble over. Then whatever else looks like a credential.
 */
export function redactResponse(text: string, url: string, headers: Readonly<Record<string, string>>): string {
  const sent = Object.values(headers).flatMap(partsOf);
  const secrets = [url, ...sent].filter(({ length }) => length >= SHORTEST_SECRET);
  // The longest first: a part of one that is gone already leaves the rest of it behind.
  secrets.sort((a, b) => b.length - a.length);
  return redactText(secrets.reduce((shown, secret) => shown.replaceAll(secret, "[redacted]"), text));
}

function partsOf(value: string): string[] {
  const [, basic = ""] = /^basic\s+(\S+)/i.exec(value) ?? [];
  return [value.trim(), ...`${value} ${fromBase64(basic)}`.split(/[\s,;:="]+/)];
}

function fromBase64(text: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
  } catch {
    return ""; // Not base64: then no receiver can read anything out of it either.
  }
}
