import type { Attributes } from "@opentelemetry/api";

/** Forges whose web address is known from that of their git server, and what the conventions call them. */
const FORGES: Readonly<Record<string, string>> = {
  "github.com": "github",
  "gitlab.com": "gitlab",
  "bitbucket.org": "bitbucket",
};
/** Addresses whose attributes are kept. */
const MAX_KEPT = 1000;
/** `user@host:path`, which is no URL. */
const SCP_LIKE = /^(?:[^@/]+@)?([^:/@]{2,}):(?!\/\/)(.+)$/;

const kept = new Map<string, Attributes>();

/**
 * Returns the attributes that the conventions for version control have for a remote: its address in a browser, without
 * `.git`, and the names in it. An address that no browser can open (a path, SSH to an unknown host) has only names.
 */
export function vcsAttributes(remote: string): Attributes {
  const known = kept.get(remote);
  if (known !== undefined) return known;
  const attributes = Object.freeze(parse(remote));
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(remote, attributes);
  return attributes;
}

function parse(remote: string): Attributes {
  const url = remote.includes("://") && URL.canParse(remote) ? new URL(remote) : undefined;
  const scp = url ? undefined : SCP_LIKE.exec(remote);
  const host = url?.hostname ?? scp?.[1] ?? "";
  const path = (url?.pathname ?? scp?.[2] ?? remote).replace(/^\/+|\/+$/g, "").replace(/\.git$/, "");
  const provider = FORGES[host];
  const [name, ...owners] = path.split("/").reverse();
  const attributes: Attributes = {};
  if (url && /^https?:$/.test(url.protocol)) attributes["vcs.repository.url.full"] = `${url.origin}/${path}`;
  else if (provider !== undefined) attributes["vcs.repository.url.full"] = `https://${host}/${path}`;
  if (name) attributes["vcs.repository.name"] = name;
  if (host !== "" && owners.length > 0) attributes["vcs.owner.name"] = owners.reverse().join("/");
  if (provider !== undefined) attributes["vcs.provider.name"] = provider;
  return attributes;
}
