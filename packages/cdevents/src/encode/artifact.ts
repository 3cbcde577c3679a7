import type { AluminiEvent } from "@alumiini/core";
import { remoteUri, segment } from "./identifiers.js";

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
