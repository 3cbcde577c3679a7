import type { Telemetry } from "@alumiini/core";
import type { CommitManifests } from "../manifests/manifest-reader.js";

/** Commits kept. A repository that is rolled back or forced back finds its last few again. */
const CAPACITY = 4;

/** The manifests of the commits seen last. A poll that finds nothing new costs one fetch and one hit. */
export class CommitCache {
  readonly #telemetry: Pick<Telemetry, "measure">;
  /** The one used last comes last. */
  readonly #commits = new Map<string, CommitManifests>();

  constructor(telemetry: Pick<Telemetry, "measure">) {
    this.#telemetry = telemetry;
  }

  /** Bytes of manifests kept. */
  get bytes(): number {
    let bytes = 0;
    for (const commit of this.#commits.values()) bytes += commit.bytes;
    return bytes;
  }

  /** Returns the manifests of a commit, reading them where they are not kept. */
  async get(commit: string, read: () => Promise<CommitManifests>): Promise<CommitManifests> {
    const kept = this.#commits.get(commit);
    this.#telemetry.measure("cache_access", { cacheName: "commits", result: kept === undefined ? "miss" : "hit" });
    const manifests = kept ?? (await read());
    this.#commits.delete(commit);
    this.#commits.set(commit, manifests);
    for (const [oldest] of this.#commits) {
      if (this.#commits.size <= CAPACITY) break;
      this.#commits.delete(oldest);
    }
    return manifests;
  }
}
