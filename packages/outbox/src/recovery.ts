import { join } from "node:path";
import { decodeAccepted } from "@alumiini/delivery";
import { type FileSystem, type OpenFile, UNFINISHED } from "./io/file-system.js";
import { type ListedSegment, readCheckpoint } from "./log/checkpoint.js";
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

/** What a scan of a directory is to do besides filling the ledger. */
export interface ScanSteps {
  /** Is called with each file of records before it is read. */
  readonly beforeRead?: (file: OpenFile) => Promise<void>;
  /** Is called with each record that is not done. The payload is a view: it holds until the call returns. */
  readonly onPending?: (sequence: number, payload: Uint8Array, offset: number) => void;
}

/** What was found besides records. */
export interface Findings {
  /** What is to be cut off or removed before anything is written. */
  readonly leftovers: Leftover[];
  /** What was not as it should be. */
  readonly problems: Problem[];
}

/**
 * Reads what earlier processes left, into the ledger.
 *
 * @throws where a newer version wrote the files, or where they can't be opened
 */
export async function recover(fileSystem: FileSystem, directory: string, ledger: Ledger): Promise<Findings> {
  const names = fileSystem.listSync(directory);
  if ((segmentsAmong(names).at(-1) ?? 0) >= ledger.memory.first) {
    throw new Error(`Another process used the outbox in ${directory} while this one was starting`);
  }
  const unsynced: Problem[] = [];
  let noted = Number.NEGATIVE_INFINITY;
  const findings = await scan(fileSystem, directory, names, ledger, {
    // What an earlier process had written but not synced must be safe before it is called so.
    beforeRead: (file) =>
      file.sync().catch((cause: unknown) => {
        unsynced.push({ message: "can't sync what it recovered", cause });
      }),
    onPending: (sequence, payload, offset) => {
      // Now and then is enough: decoding every record would double the time that opening takes.
      if (offset >= noted && offset < noted + TIME_STEP_BYTES) return;
      noted = offset;
      const { acceptedAt } = decodeAccepted(payload) ?? {};
      if (acceptedAt !== undefined) ledger.times.note(sequence, acceptedAt);
    },
  });
  return { ...findings, problems: [...unsynced, ...findings.problems] };
}

/** Bytes of a file between two records whose times are noted. */
const TIME_STEP_BYTES = 65_536;

/**
 * Reads a directory into the ledger, and changes nothing in it: what the next process will find.
 *
 * @throws where a newer version wrote the files, or where they can't be opened
 */
export async function scan(
  fileSystem: FileSystem,
  directory: string,
  names: readonly string[],
  ledger: Ledger,
  steps: ScanSteps,
): Promise<Findings> {
  const firsts = segmentsAmong(names);
  await refuseNewerSegments(fileSystem, directory, firsts);

  const unfinished = names.filter((name) => name.endsWith(UNFINISHED));
  const leftovers: Leftover[] = unfinished.map((name) => ({ path: join(directory, name), size: 0, bytes: 0 }));
  const problems: Problem[] = [];
  const checkpoint = await readCheckpoint(fileSystem, directory, names);
  if (checkpoint.kind === "newer") throw newerVersion(directory, checkpoint.version);
  if (checkpoint.kind === "damaged") {
    problems.push({ message: "lost its checkpoint to damage: records may be delivered again" });
  }
  const isIntact = checkpoint.kind === "intact";
  const done = isIntact ? checkpoint.done : new SequenceSet();
  const listed = new Map((isIntact ? checkpoint.segments : []).map((segment) => [segment.first, segment]));
  ledger.checkpointBytes = isIntact ? checkpoint.bytes : 0;

  const before = { corrupt: ledger.corrupt, lost: ledger.lost };
  for (const [at, first] of firsts.entries()) {
    const path = join(directory, segmentName(first));
    const next = firsts[at + 1];
    const file = await fileSystem.open(path);
    try {
      await steps.beforeRead?.(file);
      const { segment, fileSize } = await scanSegment(file, { first, next, listed: listed.get(first) }, ledger, {
        done,
        steps,
      });
      ledger.addSegment(segment);
      if (next === undefined && fileSize > segment.size) {
        leftovers.push({ path, size: segment.size, bytes: fileSize - segment.size });
        ledger.leftoverBytes += fileSize - segment.size;
      }
    } finally {
      await file.close();
    }
    listed.delete(first);
  }
  for (const { first, end } of listed.values()) ledger.lost += done.countMissing(first, end);
  const corrupt = ledger.corrupt - before.corrupt;
  if (corrupt > 0) problems.push({ message: `found ${corrupt} damaged records and skipped them` });
  const lost = ledger.lost - before.lost;
  if (lost > 0) problems.push({ message: `lost ${lost} records: files of it are missing or were cut short` });
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

/** A segment's place among the others, and what the checkpoint says of it. */
interface Expected {
  readonly first: number;
  readonly next: number | undefined;
  readonly listed: ListedSegment | undefined;
}

/** Takes up a segment's records, whatever its header looks like: each has a checksum of its own. */
async function scanSegment(
  file: OpenFile,
  expected: Expected,
  ledger: Ledger,
  { done, steps }: { done: SequenceSet; steps: ScanSteps },
): Promise<{ segment: Segment; fileSize: number }> {
  const { first, next } = expected;
  const segment = emptySegment(first);
  const fileSize = await file.size();
  const before = next ?? ledger.memory.first;
  const range = { position: SEGMENT_HEADER_BYTES, end: fileSize, expected: first, before };
  for await (const records of readRecords(file, range)) {
    for (const { sequence, next: behind, offset, end, payload } of records) {
      ledger.corrupt += skip(ledger, done, segment.end, sequence);
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
        steps.onPending?.(sequence, payload, offset);
      }
    }
  }
  countMissingEnd(ledger, done, segment, expected, fileSize);
  return { segment, fileSize };
}

/** Counts the records that should be at the end of a segment and are not. */
function countMissingEnd(
  ledger: Ledger,
  done: SequenceSet,
  segment: Segment,
  { next, listed }: Expected,
  fileSize: number,
): void {
  const bytes = fileSize - segment.size;
  // Only the end of the last segment is cut off: it can have been under way in a crash.
  if (next !== undefined) segment.size = Math.max(segment.size, fileSize);
  let end = segment.end;
  if (listed !== undefined) end = Math.max(end, Math.min(listed.end, next ?? listed.end));
  else if (next !== undefined && bytes > 0) {
    // The next segment goes on where this one ended, unless it belongs to another process.
    const missing = next - segment.end;
    const most = Math.ceil(bytes / RECORD_HEADER_BYTES);
    end += missing < SESSION_GAP / 2 ? Math.min(missing, most) : 1;
  }
  const isShort = listed !== undefined && fileSize < listed.size;
  ledger[isShort ? "lost" : "corrupt"] += skip(ledger, done, segment.end, end);
  segment.end = end;
}

/** Takes what can't be read for done. Returns how many records that costs. */
function skip(ledger: Ledger, done: SequenceSet, from: number, to: number): number {
  const count = done.countMissing(from, to);
  for (let sequence = from; sequence < to; sequence++) ledger.done.add(sequence);
  return count;
}
