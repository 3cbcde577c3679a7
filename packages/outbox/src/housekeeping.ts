import { join } from "node:path";
import { compact } from "./compaction.js";
import type { FileSystem } from "./io/file-system.js";
import { writeCheckpoint } from "./log/checkpoint.js";
import type { Ledger } from "./log/ledger.js";
import { segmentName } from "./log/segment.js";

/** Removes files of no more use and writes down what is done. Its methods must not overlap. */
export class Housekeeping {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #ledger: Ledger;
  /** `ledger.changes` at the last checkpoint. */
  #writtenDown = 0;

  constructor(options: {
    readonly fileSystem: FileSystem;
    readonly directory: string;
    readonly maxBytes: number;
    readonly ledger: Ledger;
  }) {
    this.#fileSystem = options.fileSystem;
    this.#directory = options.directory;
    this.#maxBytes = options.maxBytes;
    this.#ledger = options.ledger;
  }

  /** Removes the finished segments and, if it is due, writes down what has become done since the last time. */
  async tidy(isCheckpointDue: boolean): Promise<void> {
    await this.removeFinished();
    const { changes, done } = this.#ledger;
    if (!isCheckpointDue || changes === this.#writtenDown) return;
    this.#ledger.checkpointBytes = await writeCheckpoint(this.#fileSystem, this.#directory, done);
    this.#writtenDown = changes;
  }

  /** Makes one file smaller, where bytes are scarce and that helps. Answers whether it did. */
  async compact(): Promise<boolean> {
    const segment = this.#ledger.bytes > this.#maxBytes / 2 ? this.#ledger.sparseSegment() : undefined;
    if (segment === undefined) return false;
    await compact(this.#fileSystem, this.#directory, this.#ledger, segment);
    return true;
  }

  async removeFinished(): Promise<void> {
    this.#ledger.hasFinished = false;
    const finished = this.#ledger.finishedSegments();
    if (finished.length === 0) return;
    for (const { first } of finished) await this.#fileSystem.remove(join(this.#directory, segmentName(first)));
    // Until then their acknowledgements must be known: a crash may bring the files back.
    await this.#fileSystem.syncDirectory(this.#directory);
    for (const segment of finished) this.#ledger.removeSegment(segment);
  }
}
