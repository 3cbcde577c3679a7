import type { AppliedResource, OperationHandle, Telemetry, Trigger } from "@alumiini/core";
import { resourceKeyOf } from "@alumiini/core/adapter";
import { AbortedError } from "./errors.js";
import type { CommitCache } from "./git/commit-cache.js";
import type { GitClone, Head } from "./git/git.js";
import { identify, type Manifest, toResource } from "./manifests/kubernetes-object.js";
import { type CommitManifests, readManifests } from "./manifests/manifest-reader.js";
import type { ParseFiles } from "./manifests/parse-in-thread.js";
import type { Repository } from "./repository.js";
import type { StartOrder } from "./start-order.js";
import type { Target } from "./targets/target.js";

/** What syncs one repository. */
export interface SynchronizerParts {
  readonly telemetry: Telemetry;
  readonly git: Pick<GitClone, "displayUrl" | "exists" | "clone" | "fetch" | "listFiles" | "readFiles">;
  readonly cache: CommitCache;
  readonly parse: ParseFiles;
  readonly target: Target;
  readonly startOrder: StartOrder;
}

/** How a sync is ended early. */
export interface StopSignals {
  /** The controller stops: git and the parser are cut short, as nothing is lost with them. An apply goes on. */
  readonly stop: AbortSignal;
  /** There is no time left: an apply is cut short, too. */
  readonly abort: AbortSignal;
}

type SyncHandle = OperationHandle<"sync">;

/**
 * One repository's sync: git, then manifests, then the target. This is where the controller is instrumented; the
 * nested `run` calls give every event its repository, trigger, sync id and duration.
 *
 * A sync completes only when the target holds what git has: each one compares the two, also where git has nothing new.
 */
export class Synchronizer {
  readonly #repository: Repository;
  readonly #parts: SynchronizerParts;
  #branch: string | undefined;
  /** The last commit that was applied completely; what the target holds now may be another matter. */
  #lastApplied: string | undefined;
  /** Whether the target has had all of `#lastApplied`, and nothing else of ours since. */
  #isWhole = false;

  constructor(repository: Repository, parts: SynchronizerParts) {
    this.#repository = repository;
    this.#parts = parts;
    this.#branch = repository.branch;
  }

  /** The commit that was applied, completely and last; unknown before the first, and while the target is between two. */
  get appliedCommit(): string | undefined {
    return this.#isWhole ? this.#lastApplied : undefined;
  }

  /** The branch that is followed; the remote's default branch is known after the first clone. */
  get branch(): string | undefined {
    return this.#branch;
  }

  /** Brings the target in step with git. Rejects with what the sync failed with, after telemetry has it. */
  async sync(trigger: Trigger, signals: StopSignals): Promise<void> {
    const { telemetry, git, startOrder } = this.#parts;
    const { name: repoName, namespace, path: repoPath } = this.#repository;
    const fields = {
      repoName,
      namespace,
      trigger,
      branch: this.#branch,
      repoUrl: git.displayUrl,
      repoPath: repoPath || ".",
      previousCommit: this.#lastApplied,
    };
    try {
      await telemetry.run("sync", fields, async (sync) => {
        const head = await this.#updateClone(sync, signals.stop);
        const { manifests, ignored } = await this.#manifestsAt(head.commit, signals.stop);
        const resources = await this.#updateTarget(sync, head.commit, manifests, signals);
        const resourcesApplied = resources.length;
        sync.complete({ ...head, resources, resourcesApplied, attributes: ignoredAttributes(ignored) });
      });
    } finally {
      startOrder.end(repoName);
    }
  }

  async #updateClone(sync: SyncHandle, signal: AbortSignal): Promise<Head> {
    const { git } = this.#parts;
    const operation = (await git.exists(signal)) ? "fetch" : "clone";
    const head = await sync.run("git", { operation, signal }, async (handle) => {
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
    commit: string,
    manifests: readonly Manifest[],
    { stop, abort }: StopSignals,
  ): Promise<readonly AppliedResource[]> {
    const { target, startOrder } = this.#parts;
    if (commit === this.appliedCommit) {
      const drifted = await target.diff(manifests, stop);
      return drifted.length === 0 ? [] : this.#correctDrift(sync, commit, drifted, abort);
    }
    await startOrder.wait(this.#repository.name, stop);
    if (stop.aborted) throw new AbortedError();
    // From the first write on the target holds neither commit, until this one is there completely.
    this.#isWhole = false;
    const resources = await this.#apply(sync, commit, manifests, abort, true);
    this.#lastApplied = commit;
    this.#isWhole = true;
    return resources;
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
