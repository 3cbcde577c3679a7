import type { AppliedResource, OperationHandle, Telemetry } from "@alumiini/core";
import { resourceKeyOf } from "@alumiini/core/adapter";
import type { CommitCache } from "./git/commit-cache.js";
import type { GitClone, Head } from "./git/git.js";
import { identify, type Manifest, toResource } from "./manifests/kubernetes-object.js";
import { type CommitManifests, readManifests } from "./manifests/manifest-reader.js";
import type { ParseFiles } from "./manifests/parse-in-thread.js";
import type { Repository } from "./repository.js";
import type { Target } from "./targets/target.js";
import type { SyncRequest } from "./triggers.js";

/** What syncs one repository. */
export interface SynchronizerParts {
  readonly telemetry: Telemetry;
  readonly git: GitClone;
  readonly cache: CommitCache;
  readonly parse: ParseFiles;
  readonly target: Target;
}

type SyncHandle = OperationHandle<"sync">;

/**
 * One repository's sync: git, then manifests, then the target. This is where the controller is instrumented; the
 * nested `run` calls give every event its repository, trigger, sync id and duration.
 */
export class Synchronizer {
  readonly #repository: Repository;
  readonly #parts: SynchronizerParts;
  #branch: string | undefined;
  #appliedCommit: string | undefined;

  constructor(repository: Repository, parts: SynchronizerParts) {
    this.#repository = repository;
    this.#parts = parts;
    this.#branch = repository.branch;
  }

  /** The commit that the target holds; unknown until the first sync succeeds. */
  get appliedCommit(): string | undefined {
    return this.#appliedCommit;
  }

  /** Brings the target in step with git. Rejects with what the sync failed with, after telemetry was told. */
  async sync(request: SyncRequest, signal: AbortSignal): Promise<void> {
    const { name: repoName, namespace, path: repoPath } = this.#repository;
    const fields = {
      repoName,
      namespace,
      trigger: request.trigger,
      branch: this.#branch,
      repoUrl: this.#parts.git.displayUrl,
      repoPath: repoPath || ".",
      previousCommit: this.#appliedCommit,
    };
    await this.#parts.telemetry.run("sync", fields, async (sync) => {
      const { commit, branch } = await this.#updateClone(sync, signal);
      const { manifests, ignored } = await this.#manifestsAt(commit, signal);
      const resources = await this.#updateTarget(sync, request, commit, manifests, signal);
      this.#appliedCommit = commit;
      const resourcesApplied = resources.length;
      sync.complete({ commit, branch, resources, resourcesApplied, attributes: ignoredAttributes(ignored) });
    });
  }

  async #updateClone(sync: SyncHandle, signal: AbortSignal): Promise<Head> {
    const { git } = this.#parts;
    const operation = (await git.exists()) ? "fetch" : "clone";
    const head = await sync.run("git", { operation }, async (handle) => {
      const updated = operation === "clone" ? await git.clone(signal) : await git.fetch(signal);
      handle.complete(updated);
      return updated;
    });
    this.#branch = head.branch;
    return head;
  }

  #manifestsAt(commit: string, signal: AbortSignal): Promise<CommitManifests> {
    const { cache, git, parse } = this.#parts;
    return cache.get(commit, () => readManifests(git, commit, this.#repository.path, parse, signal));
  }

  async #updateTarget(
    sync: SyncHandle,
    request: SyncRequest,
    commit: string,
    manifests: readonly Manifest[],
    signal: AbortSignal,
  ): Promise<readonly AppliedResource[]> {
    if (commit !== this.#appliedCommit) return this.#apply(sync, commit, manifests, signal, true);
    if (!request.checkDrift) return [];
    const drifted = await this.#parts.target.diff(manifests, signal);
    return drifted.length === 0 ? [] : this.#correctDrift(sync, commit, drifted, signal);
  }

  async #apply(
    sync: SyncHandle,
    commit: string,
    manifests: readonly Manifest[],
    signal: AbortSignal,
    prune: boolean,
  ): Promise<readonly AppliedResource[]> {
    const { target } = this.#parts;
    return sync.run("apply", { commit }, async (apply) => {
      const resources = await target.apply(manifests, signal);
      if (prune) await target.prune(manifests, signal);
      // An event lists no more than 1,000 objects; the number says how many there were.
      apply.complete({ resources, resourcesApplied: resources.length });
      return resources;
    });
  }

  /** The drift of every object is an operation of its own; one apply corrects them all. */
  async #correctDrift(
    sync: SyncHandle,
    commit: string,
    drifted: readonly Manifest[],
    signal: AbortSignal,
  ): Promise<readonly AppliedResource[]> {
    const drifts = drifted.map(({ object }) =>
      sync.start("drift", { commit, resourceKey: resourceKeyOf(toResource(identify(object))) }),
    );
    try {
      const resources = await this.#apply(sync, commit, drifted, signal, false);
      for (const drift of drifts) drift.complete();
      return resources;
    } catch (error) {
      for (const drift of drifts) drift.fail(error);
      throw error;
    }
  }
}

function ignoredAttributes(ignored: CommitManifests["ignored"]): Record<string, number> {
  const counted = Object.entries(ignored).filter(([, count]) => count > 0);
  return Object.fromEntries(counted.map(([reason, count]) => [`alumiini.manifests.ignored.${reason}`, count]));
}
