import type { AluminiEvent } from "@alumiini/core";
import { isUriReference } from "../spec/formats.js";

/** The text as one segment of a path or URI. */
export function segment(text: string): string {
  if (/^[\w.:-]+$/.test(text) && text !== "." && text !== "..") return text;
  return encodeURIComponent(text.toWellFormed()).replace(/^\.{1,2}$/, (dots) => "%2E".repeat(dots.length));
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
  const escaped = uri
    .toWellFormed()
    .replace(/%(?![\da-f]{2})/gi, "%25")
    .replace(/[^\w.~!$&'()*+,;=:@/?#%-]/gu, encodeURIComponent);
  return isUriReference(escaped) ? escaped : encodeURIComponent(url.toWellFormed());
}

const FORGE = /^[a-z+]+:\/\/(?:[^/@]*@)?(github\.com|bitbucket\.org)(?::\d+)?\/([^/?#]+)\/([^/?#]+?)(?:\.git)?\/?$/i;

/**
 * The package URL of the commit that an event is about, from the repository's URL: `pkg:github/org/repo@sha`, or
 * `pkg:generic/repo@sha?vcs_url=…` for other remotes. `undefined` where remote or commit aren't known.
 */
export function commitArtifact({ repoUrl, repoName, commit }: AluminiEvent): string | undefined {
  if (repoUrl === undefined || commit === undefined) return undefined;
  const uri = remoteUri(repoUrl);
  const [, host, owner, name] = FORGE.exec(uri) ?? [];
  if (owner !== undefined && name !== undefined) {
    // The purl type's rule: both are case-insensitive and written in lower case.
    const type = host?.toLowerCase() === "github.com" ? "github" : "bitbucket";
    return `pkg:${type}/${owner.toLowerCase()}/${name.toLowerCase()}@${segment(commit)}`;
  }
  const location = encodeURIComponent(`${uri.startsWith("git") ? "" : "git+"}${uri}@${segment(commit)}`);
  return `pkg:generic/${segment(repoName)}@${segment(commit)}?vcs_url=${location}`;
}

/** The package URL of what a repository deploys, for events that must name some artifact before any is known. */
export function repositoryArtifact(event: AluminiEvent): string {
  const version = event.commit === undefined ? "" : `@${segment(event.commit)}`;
  return commitArtifact(event) ?? `pkg:generic/${segment(event.namespace)}/${segment(event.repoName)}${version}`;
}

/**
 * Ids that follow from the event: encoding it again, also in another process, makes the same ones, so that receivers
 * can drop duplicates.
 */

/** A version 4 UUID by form, the same for the same text. */
export function uuidOf(text: string): string {
  const [a, b, c, d] = hash(text);
  const hex = [a, (b & 0xffff0fff) | 0x4000, (c & 0x3fffffff) | 0x80000000, d]
    .map((part) => (part >>> 0).toString(16).padStart(8, "0"))
    .join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A ULID of a time, the same for the same text. */
export function ulidOf(timestamp: number, text: string): string {
  let id = "";
  for (let rest = timestamp, left = 10; left > 0; left--) {
    id = ALPHABET.charAt(rest % 32) + id;
    rest = Math.floor(rest / 32);
  }
  // 16 characters of 5 bits: four from each part.
  for (const part of hash(text))
    for (let shift = 0; shift < 20; shift += 5) id += ALPHABET.charAt((part >>> shift) & 31);
  return id;
}

const SEEDS = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344] as const;
const FACTORS = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f] as const;

/** 128 bits that spread well. They are no secret and withstand no attack. */
function hash(text: string): [number, number, number, number] {
  const lanes: [number, number, number, number] = [...SEEDS];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    lanes[0] = step(lanes[0] ^ code, FACTORS[0]);
    lanes[1] = step(lanes[1] + code, FACTORS[1]);
    lanes[2] = step(lanes[2] ^ code, FACTORS[2]);
    lanes[3] = step(lanes[3] + code, FACTORS[3]);
  }
  return [finish(lanes[0]), finish(lanes[1]), finish(lanes[2]), finish(lanes[3])];
}

function step(lane: number, factor: number): number {
  const product = Math.imul(lane, factor);
  return product ^ (product >>> 15);
}

function finish(lane: number): number {
  const mixed = Math.imul(lane ^ (lane >>> 16), 0x7feb352d);
  return Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b) ^ (mixed >>> 16);
}

/** What KULTA calls itself as the source of its subjects. */
export const KULTA_SOURCE = "https://kulta.io/controller";
