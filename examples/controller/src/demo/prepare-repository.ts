import { join } from "node:path";
import { UsageError } from "../cli/usage-error.js";
import { ManifestError, type Problem } from "../errors.js";
import { GitClone } from "../git/git.js";
import { admissionProblem } from "../manifests/admission.js";
import { readManifests } from "../manifests/manifest-reader.js";
import { createThreadParser } from "../manifests/parse-in-thread.js";
import type { Repository } from "../repository.js";
import { LocalRemote } from "./local-remote.js";
import { SAMPLE_FILES, SAMPLE_PATH } from "./sample-repository.js";

/** A repository to run on: its remote is local, and its manifests can be applied. */
export interface Prepared {
  readonly repository: Repository;
  readonly remote: LocalRemote;
  /** Files of the original that the demo left out, because no controller could apply them. */
  readonly leftOut: readonly Problem[];
}

/** Makes the sample repository. */
export async function prepareSample(directory: string, signal: AbortSignal): Promise<Prepared> {
  const remote = await LocalRemote.create(join(directory, "shop.git"), SAMPLE_FILES, signal);
  const repository = { name: "shop", namespace: "demo", url: remote.url, branch: remote.branch, path: SAMPLE_PATH };
  return { repository, remote, leftOut: [] };
}

/**
 * Mirrors a repository. What the scenario does to it happens to the mirror; the original is only read.
 *
 * @throws {UsageError} when there is no such directory, or too much in it.
 */
export async function prepareMirror(original: Repository, directory: string, signal: AbortSignal): Promise<Prepared> {
  const remote = await LocalRemote.mirror(original, join(directory, `${original.name}.git`), signal);
  const repository = { ...original, url: remote.url, branch: remote.branch };
  const leftOut: Problem[] = [];
  // The scenario must start from a repository that works. Which files can be applied shows once all can be read.
  for (
    let problems = await findProblems(repository, remote, signal);
    problems.length > 0;
    problems = await findProblems(repository, remote, signal)
  ) {
    leftOut.push(...problems);
    const deletions = problems.map(({ file }) => [file, undefined]);
    await remote.commit("Leave out what cannot be applied", Object.fromEntries(deletions));
  }
  return { repository, remote, leftOut };
}

async function findProblems(repository: Repository, remote: LocalRemote, signal: AbortSignal): Promise<Problem[]> {
  const git = new GitClone({ url: remote.url, branch: remote.branch, directory: remote.url, timeoutMs: 300_000 });
  try {
    const commit = await remote.head();
    const { manifests } = await readManifests(git, commit, repository.path, createThreadParser(), signal);
    return manifests.flatMap(({ object, file }) => {
      const message = admissionProblem(object);
      return message === undefined ? [] : [{ file, message }];
    });
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    const ofNoFile = error.problems.find(({ file }) => file === repository.path || file === ".");
    if (ofNoFile !== undefined) throw new UsageError(`--path ${ofNoFile.file}: ${ofNoFile.message}`);
    return [...error.problems];
  }
}
