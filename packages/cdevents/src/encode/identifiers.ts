import type { AluminiEvent } from "@alumiini/core";
import { isUriReference } from "../spec/formats.js";

/** The text as one segment of a path or URI. */
export function segment(text: string): string {
  if (/^[\w.:-]+$/.test(text) && text !== "." && text !== "..") return text;
  return encodeURIComponent(wellFormed(text)).replace(/^\.{1,2}$/, (dots) => "%2E".repeat(dots.length));
}

/** `<namespace>/<repository>`: what a sync belongs to, and the service that it deploys. */
export function repositoryId({ namespace, repoName }: AluminiEvent): string {
  return `${segment(namespace)}/${segment(repoName)}`;
}

/** `<namespace>/<repository>/syncs/<syncId>`; an event outside of any sync stands for one of its own. */
export function runId({ syncId, id }: AluminiEvent, repository: string): string {
  return `${repository}/syncs/${segment(syncId ?? id)}`;
}

/** `/<cluster>/<namespace>`: where a sync deploys to. */
export function environmentId({ clusterId, namespace }: AluminiEvent): string {
  return `/${segment(clusterId)}/${segment(namespace)}`;
}

const SCP_LIKE = /^([^\s/:@]+@)?([^\s/:@]+):(?!\/\/)(.+)$/;

/**
 * The remote as a URI reference: `git@host:path`, which URI parsers refuse, becomes `ssh://git@host/path`, and what no
 * URI may hold is escaped.
 */
export function remoteUri(url: string): string {
  const [, user = "", host = "", path = ""] = (url.includes("://") ? null : SCP_LIKE.exec(url)) ?? [];
  const uri = host === "" ? url : `ssh://${user}${host}/${path.replace(/^\/+/, "")}`;
  if (isUriReference(uri) && !uri.includes('"')) return uri;
  const escaped = wellFormed(uri)
    .replace(/%(?![\da-f]{2})/gi, "%25")
    .replace(/[^\w.~!$&'()*+,;=:@/?#%-]/gu, encodeURIComponent);
  return isUriReference(escaped) ? escaped : encodeURIComponent(wellFormed(url));
}

/** Half a surrogate pair, which `encodeURIComponent` throws on, becomes the replacement character. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}
