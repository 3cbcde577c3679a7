import { redactUrl } from "@alumiini/core";

/** A remote address, split into what may be seen and what may not. */
export interface Remote {
  /** Given to git as an argument. Arguments are visible to every user of the machine: no credentials here. */
  readonly url: string;
  /** For people. */
  readonly displayUrl: string;
  /** Whether the address held credentials. */
  readonly hasCredentials: boolean;
  /** Git settings that carry the credentials, for git's environment. */
  readonly settings: readonly GitSetting[];
}

/** Name and value of a git setting, as in `git config`. */
export type GitSetting = readonly [name: string, value: string];

/**
 * Takes the credentials out of an address. Those of `https://user:token@host/…` and of `https://host/…?access_token=…`
 * reach git as a header in its environment, so that they are neither in the process list nor in the clone's
 * configuration on disk. Git over HTTP has no use for the rest of a query.
 */
export function parseRemote(address: string): Remote {
  if (!/^https?:/i.test(address)) {
    // ssh asks for no password, so one in the address is of no use.
    const plain = address.replace(/^(ssh:\/\/[^/@:]*):[^/@]*@/i, "$1@");
    return { url: plain, displayUrl: redactUrl(plain), hasCredentials: false, settings: [] };
  }
  const url = new URL(address);
  const token = [...url.searchParams].find(([name]) => /token$/i.test(name))?.[1] ?? "";
  const { username, password } = url;
  url.username = "";
  url.password = "";
  url.search = "";
  url.hash = "";
  const hasUser = username !== "" || password !== "";
  // GitHub, GitLab and Bitbucket take a token as the password; the user name may be any.
  const credentials = hasUser ? `${decode(username)}:${decode(password)}` : token === "" ? "" : `oauth2:${token}`;
  const settings = credentials === "" ? [] : [authorization(url.origin, credentials)];
  return { url: url.href, displayUrl: redactUrl(url.href), hasCredentials: credentials !== "", settings };
}

function authorization(origin: string, credentials: string): GitSetting {
  const basic = Buffer.from(credentials).toString("base64");
  return [`http.${origin}/.extraHeader`, `Authorization: Basic ${basic}`];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray `%` in a password that nobody encoded: it means itself.
    return text;
  }
}

/**
 * One spelling for all addresses of a repository (`https://host/a/b.git`, `git@host:a/b`, `ssh://git@host/a/b`), to
 * find the repository that a webhook speaks of.
 */
export function canonicalAddress(address: string): string {
  const scpLike = /^(?:[^/@:]+@)?([^/:]+):(?!\/\/)(.+)$/.exec(address);
  const asUrl = /^(?:https?|ssh|git):\/\/(?:[^/@]*@)?([^/:]+)(?::\d+)?\/(.+)$/i.exec(address);
  const [, host, path] = asUrl ?? scpLike ?? [];
  const location = host === undefined || path === undefined ? address : `${host}/${path}`;
  return location
    .replace(/[?#].*$/, "")
    .replace(/\/+$/, "")
    .replace(/\.git$/, "")
    .toLowerCase();
}
