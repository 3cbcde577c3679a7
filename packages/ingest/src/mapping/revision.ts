/** What a revision says: where it names a commit of git, that commit and the branch it was found on. */
export interface Revision {
  readonly commit?: string;
  readonly branch?: string;
}

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i;
const LONGEST = 1024;

/** Whether it is the whole name of a commit: 40 hexadecimal digits, or the 64 of a repository with SHA-256. */
export function isCommit(text: string): boolean {
  return COMMIT.test(text);
}

/**
 * Reads a revision of Flux: `main@sha1:<sha>`, where a branch may hold `/` and `@`; `sha1:<sha>`; and the
 * `main/<sha>` of versions before 2.0. A digest (`latest@sha256:…`) and a version name no commit.
 *
 * @param isGit whether it comes from a repository of git, where `sha256:` is a commit, too
 */
export function parseRevision(text: string | undefined, isGit = false): Revision {
  if (text === undefined || text.length > LONGEST) return {};
  if (isCommit(text)) return { commit: text };
  const digest = /(?:^|@)(sha1|sha256):([0-9a-f]+)$/i.exec(text);
  if (digest !== null) {
    const [, algorithm = "", hash = ""] = digest;
    if (!isCommit(hash) || (algorithm.toLowerCase() !== "sha1" && !isGit)) return {};
    return onBranch(hash, text.slice(0, digest.index));
  }
  const slash = text.lastIndexOf("/");
  const hash = text.slice(slash + 1);
  return slash > 0 && isCommit(hash) ? onBranch(hash, text.slice(0, slash)) : {};
}

function onBranch(commit: string, ref: string): Revision {
  const branch = branchOf(ref);
  return branch === undefined ? { commit } : { commit, branch };
}

/** The branch that a ref names; `undefined` for tags, other refs, commits and nothing. */
export function branchOf(ref: string | undefined): string | undefined {
  if (ref === undefined || ref === "" || ref === "HEAD" || isCommit(ref)) return undefined;
  if (ref.startsWith("refs/heads/")) return ref.slice("refs/heads/".length) || undefined;
  return ref.startsWith("refs/") ? undefined : ref;
}
