import { join } from "node:path";
import type { FileSystem } from "./io/file-system.js";
import type { Ledger } from "./log/ledger.js";
import { readRecords } from "./log/read-file.js";
import { encodeGap, encodeRecord } from "./log/record.js";
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES, type Segment, segmentName } from "./log/segment.js";
import { replaceFile } from "./replace-file.js";

/**
 * Writes a segment anew without the records that are done. Otherwise a few records that nobody takes, one in each file,
 * would fill the disk. It replaces the file as a whole or not at all, and must not overlap with the writing of others.
 *
 * @throws where a record turns out to be damaged, after having counted it
 */
export async function compact(
  fileSystem: FileSystem,
  directory: string,
  ledger: Ledger,
  segment: Segment,
): Promise<void> {
  const kept = await encodeLive(fileSystem, directory, ledger, segment);
  // From now on, whoever opens the file finds the old one or the new one, and nothing is at its old place in that.
  segment.index.length = 0;
  await replaceFile(fileSystem, directory, segmentName(segment.first), kept.content);
  const size = kept.content.reduce((sum, { length }) => sum + length, 0);
  ledger.shrink(segment, kept.records, size);
  await fileSystem.syncDirectory(directory);
}

async function encodeLive(
  fileSystem: FileSystem,
  directory: string,
  ledger: Ledger,
  segment: Segment,
): Promise<{ content: readonly Buffer[]; records: number }> {
  const { first, end, size } = segment;
  const content = [encodeSegmentHeader(first)];
  const lost: number[] = [];
  let records = 0;
  let next = first;
  const leaveOut = (from: number, to: number) => {
    if (from < to) content.push(encodeGap(from, to));
    for (let sequence = from; sequence < to; sequence++) if (!ledger.done.has(sequence)) lost.push(sequence);
  };
  const file = await fileSystem.open(join(directory, segmentName(first)));
  try {
    const range = { position: SEGMENT_HEADER_BYTES, end: size, expected: first, before: end };
    for await (const found of readRecords(file, range)) {
      for (const { sequence, payload } of found) {
        if (payload === undefined || ledger.done.has(sequence)) continue;
        leaveOut(next, sequence);
        content.push(encodeRecord(sequence, payload));
        records++;
        next = sequence + 1;
      }
    }
  } finally {
    await file.close();
  }
  leaveOut(next, end);
  const damaged = lost.filter((sequence) => ledger.markDamaged(sequence)).length;
  if (damaged > 0) throw new Error(`found ${damaged} damaged records and skipped them`);
  return { content, records };
}
