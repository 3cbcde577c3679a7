import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

const COOKIE = "alumiini_session";
const SESSION_MS = 12 * 3_600_000;

/** Who may read: everyone on loopback without a token, else who has the token or a session that it opened. */
export interface Auth {
  readonly needsToken: boolean;
  allows(request: IncomingMessage): boolean;
  /** Returns the cookie of a new session, or undefined where the token is wrong. */
  openSession(token: unknown): string | undefined;
}

/**
 * A session is its end and the token's signature of it: it needs no memory, survives a restart, and ends with the token.
 *
 * @param secure whether browsers reach the server over https
 */
export function createAuth(token: string | undefined, secure: boolean): Auth {
  if (token === undefined) return { needsToken: false, allows: () => true, openSession: () => undefined };
  const sign = (end: string) => createHmac("sha256", token).update(`alumiini session ${end}`).digest("hex");
  const isSession = (value: string): boolean => {
    const [end = "", signature = ""] = value.split(".");
    return isSame(signature, sign(end)) && Number(end) > Date.now();
  };
  return {
    needsToken: true,
    allows(request) {
      const [, bearer] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
      if (bearer !== undefined) return isSame(bearer, token);
      return cookiesOf(request).some(isSession);
    },
    openSession(given) {
      if (typeof given !== "string" || !isSame(given, token)) return undefined;
      const end = String(Date.now() + SESSION_MS);
      const flags = `HttpOnly; SameSite=Strict; Path=/; Max-Age=${SESSION_MS / 1000}${secure ? "; Secure" : ""}`;
      return `${COOKIE}=${end}.${sign(end)}; ${flags}`;
    },
  };
}

function cookiesOf({ headers }: IncomingMessage): string[] {
  const pairs = (headers.cookie ?? "").split(/; */);
  return pairs.filter((pair) => pair.startsWith(`${COOKIE}=`)).map((pair) => pair.slice(COOKIE.length + 1));
}

/** Takes the same time whatever is given. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
