import { redactUrl } from "@alumiini/core";

/** A remote address, split into what may be seen and what may not. */
export interface Remote {
  /** Given to git as an argument. Arguments are visible to every user of the machine: no user name or password here. */
  readonly url: string;
  /** For people: as `url`, and without the tokens that some forges take in the query. */
  readonly displayUrl: string;
  /** Git settings that carry the credentials, for git's environment. */
  readonly settings: readonly GitSetting[];
}

/** Name and value of a git setting, as in `git config`. */
export type GitSetting = readonly [name: string, value: string];

/**
 * Takes the credentials out of an address. Those of `https://user:token@host/…` reach git as a header in its
 * environment, so that they are neither in the process list nor in the clone's configuration on disk.
 */
export function parseRemote(address: string): Remote {
  if (!/^https?:/i.test(address)) {
    // ssh asks for no password, so one in the address is of no use.
    const plain = address.replace(/^(ssh:\/\/[^/@:]*):[^/@]*@/i, "$1@");
    return { url: plain, displayUrl: redactUrl(plain), settings: [] };
  }
  const url = new URL(address);
  const { username, password } = url;
  url.username = "";
  url.password = "";
  const settings = username === "" && password === "" ? [] : [authorization(url.origin, username, password)];
  return { url: url.href, displayUrl: redactUrl(url.href), settings };
}

function authorization(origin: string, username: string, password: string): GitSetting {
  const basic = Buffer.from(`${decode(username)}:${decode(password)}`).toString("base64");
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
