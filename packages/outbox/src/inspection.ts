import { join } from "node:path";
import { type DeadLetterRecord, decodeAccepted, encodeMessage } from "@alumiini/delivery";
import { deadLetterFilesAmong, readDeadLetters } from "./dead-letters.js";
import { FileOutbox } from "./file-outbox.js";
import { errorCode, openIfThere } from "./io/file-system.js";
import { isLocked, lockDirectory } from "./io/lock.js";
import { nodeFileSystem, readOnlyFileSystem } from "./io/node-file-system.js";
import { readCheckpoint } from "./log/checkpoint.js";
import { Ledger } from "./log/ledger.js";
import { readRecords } from "./log/read-file.js";
import { SEGMENT_HEADER_BYTES, segmentName, segmentsAmong } from "./log/segment.js";
import { SequenceSet } from "./log/sequence-set.js";
import { WriteBuffer } from "./log/write-buffer.js";
import { resolveOptions } from "./options.js";
import { firstSequence, scan } from "./recovery.js";

/** How often a directory is read again that changed while it was read. */
const ATTEMPTS = 5;

/** What is in the directory of an outbox. */
export interface OutboxSummary {
  readonly directory: string;
  /** Whether a process has it open now: then all counts may be a second old. */
  readonly inUse: boolean;
  /** Records that were not delivered yet. */
  readonly pending: number;
  /** Bytes of the files of records, and of the checkpoint. */
  readonly bytes: number;
  /** Files of records. */
  readonly files: number;
  /** Records found damaged. */
  readonly corrupt: number;
  /** Records that were stored and are gone, because files are missing or cut short. */
  readonly lost: number;
  /** Milliseconds since the oldest pending message was accepted; `undefined` where none is, or it is not known. */
  readonly oldestPendingMs: number | undefined;
  /** Messages that were given up, by reason. */
  readonly deadLetters: Readonly<Record<string, number>>;
}

/** A record of an outbox, outside of it. */
export type StoredRecord =
  | { readonly kind: "pending"; readonly sequence: number; readonly payload: Uint8Array }
  | ({ readonly kind: "dead_letter" } & DeadLetterRecord);

/**
 * Returns what is in the directory of an outbox, also while a process has it open. Changes nothing.
 *
 * @throws where there is no outbox, where it can't be read, and where a newer version wrote it.
 */
export async function inspectOutbox(directory: string): Promise<OutboxSummary> {
  const names = outboxFilesIn(directory);
  const { ledger, oldest } = await scanLive(directory);
  const deadLetters: Record<string, number> = {};
  for await (const { reason } of readDeadLetters(readOnlyFileSystem, directory, names)) {
    deadLetters[reason] = (deadLetters[reason] ?? 0) + 1;
  }
  return {
    directory,
    inUse: await isLocked(directory),
    pending: ledger.pending,
    bytes: ledger.bytes,
    files: ledger.segments.length,
    corrupt: ledger.corrupt,
    lost: ledger.lost,
    oldestPendingMs: oldest === undefined ? undefined : Math.max(0, Date.now() - oldest),
    deadLetters,
  };
}

/**
 * Reads the records of an outbox: those that were not delivered yet, then the dead letters, each the oldest first. It
 * may be in use: then some of them may be delivered by now. Changes nothing.
 *
 * @throws where there is no outbox, and where it can't be read.
 */
export async function* readOutbox(directory: string): AsyncGenerator<StoredRecord> {
  const names = outboxFilesIn(directory);
  const checkpoint = await readCheckpoint(readOnlyFileSystem, directory, names);
  const done = checkpoint.kind === "intact" ? checkpoint.done : new SequenceSet();
  const firsts = segmentsAmong(names);
  for (const [at, first] of firsts.entries()) yield* readSegment(directory, first, firsts[at + 1], done);
  for await (const deadLetter of readDeadLetters(readOnlyFileSystem, directory, names)) {
    yield { kind: "dead_letter", ...deadLetter };
  }
}

/**
 * Deletes records of an outbox for good: those that were not delivered, or the dead letters. Returns how many.
 *
 * @throws while a process has it open, and where it can't be read or written.
 */
export async function discardFromOutbox(directory: string, kind: StoredRecord["kind"]): Promise<number> {
  outboxFilesIn(directory);
  return kind === "pending" ? discardPending(directory) : discardDeadLetters(directory);
}

async function discardPending(directory: string): Promise<number> {
  const settings = resolveOptions({ directory, lockTimeoutMs: 0 });
  const outbox = new FileOutbox(settings, { fileSystem: nodeFileSystem, lock: lockDirectory });
  await outbox.open({ onFailure: () => {} });
  let count = 0;
  try {
    for (;;) {
      const page = await outbox.read(0, { maxRecords: 10_000, maxBytes: 16_777_216 });
      if (page.length === 0) return count;
      count += page.length;
      outbox.acknowledge(page.map(({ sequence }) => sequence));
    }
  } finally {
    await outbox.close();
  }
}

async function discardDeadLetters(directory: string): Promise<number> {
  const lock = await lockDirectory(directory, 0);
  try {
    const names = nodeFileSystem.listSync(directory);
    let count = 0;
    for await (const _ of readDeadLetters(nodeFileSystem, directory, names)) count++;
    await removeDeadLetters(directory, names);
    return count;
  } finally {
    await lock.release();
  }
}

/**
 * Accepts the dead letters of an outbox again: each becomes an undelivered record behind those that wait, with its age and
 * its attempts beginning now. Returns how many. The next process that opens the outbox delivers them. Where this one is
 * killed in between, some are both: receivers drop the second by its id.
 *
 * @throws while a process has it open, where it has no room for all of them (then none is accepted), and where it can't be
 * read or written.
 */
export async function acceptDeadLettersAgain(directory: string): Promise<number> {
  const names = outboxFilesIn(directory);
  const settings = resolveOptions({ directory, lockTimeoutMs: 0 });
  const outbox = new FileOutbox(settings, { fileSystem: nodeFileSystem, lock: lockDirectory });
  await outbox.open({ onFailure: () => {} });
  try {
    const accepted: number[] = [];
    for await (const { payload } of readDeadLetters(nodeFileSystem, directory, names)) {
      const message = decodeAccepted(payload)?.message;
      const record = message === undefined ? payload : encodeMessage(message);
      let sequence = outbox.append(record);
      if (sequence === "full") {
        // Of memory, perhaps: what is on the disk takes none.
        await outbox.flush();
        sequence = outbox.append(record);
      }
      if (typeof sequence !== "number") {
        outbox.acknowledge(accepted);
        throw new Error(`${directory} has no room for its dead letters (${sequence}): deliver what waits first`);
      }
      accepted.push(sequence);
    }
    await outbox.flush();
    await removeDeadLetters(directory, names);
    return accepted.length;
  } finally {
    await outbox.close();
  }
}

async function removeDeadLetters(directory: string, names: readonly string[]): Promise<void> {
  for (const name of names.filter((each) => deadLetterFilesAmong([each]).length > 0)) {
    await nodeFileSystem.remove(join(directory, name));
  }
  await nodeFileSystem.syncDirectory(directory);
}

/** The names in the directory, if any of them is of an outbox. */
function outboxFilesIn(directory: string): readonly string[] {
  const names = readOnlyFileSystem.listSync(directory);
  if (segmentsAmong(names).length > 0 || deadLetterFilesAmong(names).length > 0) return names;
  throw new Error(`There is no outbox in ${directory}`);
}

/** Scans anew where files went away meanwhile, as they do when their records have been delivered. */
async function scanLive(directory: string): Promise<{ ledger: Ledger; oldest: number | undefined }> {
  for (let attempt = 1; ; attempt++) {
    const names = readOnlyFileSystem.listSync(directory);
    const ledger = new Ledger(new WriteBuffer(firstSequence(names), 0));
    let oldest: number | undefined;
    try {
      await scan(readOnlyFileSystem, directory, names, ledger, {
        onPending: (_, payload) => {
          oldest ??= decodeAccepted(payload)?.acceptedAt;
        },
      });
      if (ledger.lost === 0 || attempt === ATTEMPTS) return { ledger, oldest };
    } catch (error) {
      if (errorCode(error) !== "ENOENT" || attempt === ATTEMPTS) throw error;
    }
  }
}

async function* readSegment(
  directory: string,
  first: number,
  next: number | undefined,
  done: SequenceSet,
): AsyncGenerator<StoredRecord> {
  const file = await openIfThere(readOnlyFileSystem, join(directory, segmentName(first)));
  // Delivered meanwhile.
  if (file === undefined) return;
  try {
    const range = {
      position: SEGMENT_HEADER_BYTES,
      end: await file.size(),
      expected: first,
      before: next ?? Number.MAX_SAFE_INTEGER,
    };
    for await (const records of readRecords(file, range)) {
      for (const { sequence, payload } of records) {
        if (payload !== undefined && !done.has(sequence)) yield { kind: "pending", sequence, payload };
      }
    }
  } finally {
    await file.close();
  }
}
