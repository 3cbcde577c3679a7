import type { AppliedResource } from "@alumiini/core";
import type { Manifest } from "../manifests/kubernetes-object.js";

/** Where the objects of one repository go: the cluster, or a directory. */
export interface Target {
  /**
   * Returns the manifests that the target does not hold as git has them.
   *
   * @throws {ApplyError} when the target cannot be read.
   */
  diff(manifests: readonly Manifest[], signal: AbortSignal): Promise<readonly Manifest[]>;

  /**
   * Makes the target hold the objects; returns what it wrote, all of them.
   *
   * @throws {ApplyError} when the target refuses an object or cannot be reached.
   */
  apply(manifests: readonly Manifest[], signal: AbortSignal): Promise<readonly AppliedResource[]>;

  /**
   * Deletes what an earlier `apply` wrote and `keep` no longer has. What somebody else made stays.
   *
   * @throws {ApplyError} when an object cannot be deleted.
   */
  prune(keep: readonly Manifest[], signal: AbortSignal): Promise<void>;
}

/** Makes the target of a repository. */
export type CreateTarget = (repoName: string) => Target;
