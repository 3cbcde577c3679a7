/** Servers as a client takes them, and the credentials that their URLs held. */
export interface Servers {
  readonly servers: string[];
  readonly credentials: { readonly user: string; readonly pass: string } | { readonly token: string } | undefined;
}

/**
 * Takes credentials out of server URLs, where neither client looks for them: `nats://user:password@host:4222`,
 * `nats://token@host:4222`.
 *
 * @throws TypeError when there is no server, one is no URL, or they hold different credentials. The message shows none.
 */
export function readServers(given: string | readonly string[]): Servers {
  const urls = (typeof given === "string" ? given.split(",") : given).map(parse);
  if (urls.length === 0) throw new TypeError("natsSink: `servers` is empty");
  const [first] = urls;
  const same = urls.every((url) => url.username === first?.username && url.password === first.password);
  if (!same) throw new TypeError("natsSink: the URLs of all `servers` must hold the same credentials, or none");
  return { servers: urls.map(withoutCredentials), credentials: credentialsOf(first) };
}

function withoutCredentials(url: URL): string {
  const plain = new URL(url);
  plain.username = "";
  plain.password = "";
  return plain.href;
}

function parse(server: string): URL {
  const text = server.trim();
  try {
    const url = new URL(text.includes("://") ? text : `nats://${text}`);
    if (url.host !== "") return url;
  } catch {
    // The error would show what was given, password included.
  }
  throw new TypeError("natsSink: one of `servers` is no URL such as nats://host:4222");
}

function credentialsOf(url: URL | undefined): Servers["credentials"] {
  if (url === undefined || url.username === "") return undefined;
  const user = decode(url.username);
  return url.password === "" ? { token: user } : { user, pass: decode(url.password) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A percent sign that stands for itself.
  }
}
