import { join } from "node:path";
import type { FileSystem, OpenFile } from "./io/file-system.js";
import { readCheckpoint } from "./log/checkpoint.js";
import type { Ledger } from "./log/ledger.js";
import { readFully, readRecords } from "./log/read-file.js";
import { RECORD_HEADER_BYTES } from "./log/record.js";
import {
  emptySegment,
  FORMAT_VERSION,
  indexRecord,
  SEGMENT_HEADER_BYTES,
  type Segment,
  segmentName,
  segmentsAmong,
  segmentVersion,
} from "./log/segment.js";
import type { Leftover } from "./log/segment-writer.js";
import { SequenceSet } from "./log/sequence-set.js";
import { UNFINISHED } from "./replace-file.js";

/**
 * The distance between the sequences of one process and those of the next. More than a process can have appended
 * without writing any of it, so that no sequence is ever used twice; 2^53 has room for 33 million processes.
 */
export const SESSION_GAP = 2 ** 28;

/** A problem that recovery got over. */
export type Problem = { readonly message: string; readonly cause?: unknown };

/** The first sequence of a new process. */
export function firstSequence(names: readonly string[]): number {
  const last = segmentsAmong(names).at(-1);
  return last === undefined ? 1 : last + SESSION_GAP;
}

/**
 * Reads what earlier processes left, into the ledger. Answers what is to be cut off, and what was not as it should be.
 *
 * @throws where a newer version wrote the files, or where they can't be opened
 */
export async function recover(
  fileSystem: FileSystem,
  directory: string,
  ledger: Ledger,
): Promise<{ leftovers: Leftover[]; problems: Problem[] }> {
  const names = fileSystem.listSync(directory);
  const firsts = segmentsAmong(names);
  if ((firsts.at(-1) ?? 0) >= ledger.memory.first) {
    throw new Error(`Another process used the outbox in ${directory} while this one was starting`);
  }
  await refuseNewerSegments(fileSystem, directory, firsts);

  const unfinished = names.filter((name) => name.endsWith(UNFINISHED));
  const leftovers: Leftover[] = unfinished.map((name) => ({ path: join(directory, name), size: 0, bytes: 0 }));
  const problems: Problem[] = [];
  const checkpoint = await readCheckpoint(fileSystem, directory, names);
  if (checkpoint.kind === "newer") throw newerVersion(directory, checkpoint.version);
  if (checkpoint.kind === "damaged") {
    problems.push({ message: "lost its checkpoint to damage: records may be delivered again" });
  }
  const done = checkpoint.kind === "intact" ? checkpoint.done : new SequenceSet();
  ledger.checkpointBytes = checkpoint.kind === "intact" ? checkpoint.bytes : 0;

  const corruptBefore = ledger.corrupt;
  for (const [at, first] of firsts.entries()) {
    const path = join(directory, segmentName(first));
    const next = firsts[at + 1];
    const file = await fileSystem.open(path);
    try {
      const { segment, fileSize } = await recoverSegment(file, first, next, ledger, done);
      ledger.addSegment(segment);
      if (next === undefined && fileSize > segment.size) {
        leftovers.push({ path, size: segment.size, bytes: fileSize - segment.size });
        ledger.leftoverBytes += fileSize - segment.size;
      }
      // What an earlier process had written but not synced must be safe before it is called so.
      await file.sync().catch((cause: unknown) => problems.push({ message: "can't sync what it recovered", cause }));
    } finally {
      await file.close();
    }
  }
  const corrupt = ledger.corrupt - corruptBefore;
  if (corrupt > 0) problems.push({ message: `found ${corrupt} damaged records and skipped them` });
  return { leftovers, problems };
}

/** Before anything is changed. */
async function refuseNewerSegments(
  fileSystem: FileSystem,
  directory: string,
  firsts: readonly number[],
): Promise<void> {
  for (const first of firsts) {
    const file = await fileSystem.open(join(directory, segmentName(first)));
    try {
      const version = segmentVersion(await readFully(file, 0, SEGMENT_HEADER_BYTES), first);
      if (version > FORMAT_VERSION) throw newerVersion(directory, version);
    } finally {
      await file.close();
    }
  }
}

function newerVersion(directory: string, version: number): Error {
  return new Error(
    `The outbox in ${directory} was written by a newer @alumiini/outbox (format ${version}, this one reads ` +
      `${FORMAT_VERSION}). Upgrade, or choose another directory; nothing was changed`,
  );
}

/** Takes up a segment's records, whatever its header looks like: each has a checksum of its own. */
async function recoverSegment(
  file: OpenFile,
  first: number,
  next: number | undefined,
  ledger: Ledger,
  done: SequenceSet,
): Promise<{ segment: Segment; fileSize: number }> {
  const segment = emptySegment(first);
  const fileSize = await file.size();
  const range = {
    position: SEGMENT_HEADER_BYTES,
    end: fileSize,
    expected: first,
    before: next ?? ledger.memory.first,
  };
  for await (const records of readRecords(file, range)) {
    for (const { sequence, next: behind, offset, end, payload } of records) {
      skipDamaged(ledger, segment.end, sequence);
      indexRecord(segment, { sequence, offset });
      segment.end = behind;
      segment.size = end;
      if (payload === undefined) {
        for (let each = sequence; each < behind; each++) ledger.done.add(each);
        segment.omitted += behind - sequence;
      } else if (done.has(sequence)) ledger.done.add(sequence);
      else {
        segment.live++;
        ledger.pending++;
      }
    }
  }
  if (next !== undefined) countDamagedEnd(ledger, segment, next, fileSize);
  return { segment, fileSize };
}

/** Only the last segment can have been under way in a crash: an end that is no record is damage elsewhere. */
function countDamagedEnd(ledger: Ledger, segment: Segment, next: number, fileSize: number): void {
  const bytes = fileSize - segment.size;
  segment.size = Math.max(segment.size, fileSize);
  const missing = next - segment.end;
  if (bytes <= 0 || missing <= 0) return;
  // The next segment goes on where this one ended, unless it belongs to another process.
  const lost = missing < SESSION_GAP / 2 ? Math.min(missing, Math.ceil(bytes / RECORD_HEADER_BYTES)) : 1;
  skipDamaged(ledger, segment.end, segment.end + lost);
  segment.end += lost;
}

function skipDamaged(ledger: Ledger, from: number, to: number): void {
  for (let sequence = from; sequence < to; sequence++) ledger.done.add(sequence);
  ledger.corrupt += to - from;
}
