import { join } from "node:path";
import type { DeadLetterRecord } from "@alumiini/delivery";
import { type FileSystem, type OpenFile, openIfThere } from "./io/file-system.js";
import { readRecords } from "./log/read-file.js";
import { encodeRecord } from "./log/record.js";
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES } from "./log/segment.js";

const NAME = /^(\d{16})\.dead-letters$/;

/** Files that all dead letters are spread over: the oldest go a file at a time. */
const FILES = 8;

/** Dead letters in memory at most, while they can't be written: a part of `maxDeadLetterBytes`. */
const MEMORY_PART = 4;

interface DeadLetterFile {
  readonly first: number;
  size: number;
  records: number;
}

/**
 * Keeps messages that were given up, in files of their own. A file is a segment with another name, and numbers of its
 * own; it may hold the first part of a record at its end, and records that the next file has too.
 */
export class DeadLetters {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #report: (message: string) => void;
  readonly #files: DeadLetterFile[] = [];
  #unwritten: Buffer[] = [];
  #unwrittenBytes = 0;
  #next = 1;
  #active: OpenFile | undefined;

  constructor(options: {
    readonly fileSystem: FileSystem;
    readonly directory: string;
    readonly maxDeadLetterBytes: number;
    readonly report: (message: string) => void;
  }) {
    this.#fileSystem = options.fileSystem;
    this.#directory = options.directory;
    this.#maxBytes = options.maxDeadLetterBytes;
    this.#report = options.report;
  }

  get count(): number {
    return this.#files.reduce((sum, { records }) => sum + records, this.#unwritten.length);
  }

  get hasUnwritten(): boolean {
    return this.#unwritten.length > 0;
  }

  /** Counts what earlier processes kept. */
  async recover(): Promise<void> {
    this.#files.length = 0;
    const firsts = deadLetterFilesAmong(this.#fileSystem.listSync(this.#directory));
    for (const [at, first] of firsts.entries()) {
      let records = 0;
      const file = await this.#fileSystem.open(join(this.#directory, deadLettersName(first)));
      try {
        for await (const { sequence } of recordsOf(file, first, firsts[at + 1])) {
          records++;
          this.#next = sequence + 1;
        }
        this.#files.push({ first, size: await file.size(), records });
      } finally {
        await file.close();
      }
      // The name is used, whatever is in the file.
      this.#next = Math.max(this.#next, first + 1);
    }
  }

  keep(deadLetter: DeadLetterRecord): void {
    const content = encodeDeadLetter(deadLetter);
    this.#unwritten.push(content);
    this.#unwrittenBytes += content.length;
    let dropped = 0;
    for (; this.#unwrittenBytes > this.#maxBytes / MEMORY_PART && this.#unwritten.length > 1; dropped++) {
      this.#unwrittenBytes -= this.#unwritten.shift()?.length ?? 0;
    }
    if (dropped > 0) this.#report(`dropped ${dropped} dead letters that could not be written yet, to make room`);
  }

  /** Writes and syncs what was kept. What a rejection leaves is written by the next call. */
  async write(): Promise<void> {
    while (this.#unwritten.length > 0) await this.#writeSome();
  }

  async #writeSome(): Promise<void> {
    const last = this.#files.at(-1);
    if (this.#active === undefined || last === undefined || last.size > this.#maxBytes / FILES) {
      await this.close();
      await this.#startFile();
    }
    const file = this.#files.at(-1);
    if (this.#active === undefined || file === undefined) return;
    const room = Math.max(1, this.#maxBytes / FILES - file.size);
    const buffers: Buffer[] = [];
    let bytes = 0;
    for (const content of this.#unwritten) {
      if (buffers.length > 0 && bytes + content.length > room) break;
      const record = encodeRecord(this.#next + buffers.length, content);
      buffers.push(record);
      bytes += record.length;
    }
    try {
      await this.#active.write(buffers, file.size);
      await this.#active.sync();
      if (!(await this.#active.isInPlace()))
        throw new Error(`${deadLettersName(file.first)} was deleted or moved away`);
    } catch (error) {
      // What this file holds behind its last record is not known: another one goes on.
      await this.close().catch(() => {});
      throw error;
    }
    file.size += bytes;
    file.records += buffers.length;
    this.#next += buffers.length;
    for (const _ of buffers) this.#unwrittenBytes -= this.#unwritten.shift()?.length ?? 0;
    await this.#removeOldest();
  }

  async #startFile(): Promise<void> {
    const first = this.#next;
    const path = join(this.#directory, deadLettersName(first));
    // One of this name is there only if it was given up before it held anything.
    await this.#fileSystem.remove(path);
    if (this.#files.at(-1)?.first === first) this.#files.pop();
    const file = await this.#fileSystem.create(path);
    try {
      await file.write([encodeSegmentHeader(first)], 0);
      await this.#fileSystem.syncDirectory(this.#directory);
    } catch (error) {
      await file.close().catch(() => {});
      throw error;
    }
    this.#active = file;
    this.#files.push({ first, size: SEGMENT_HEADER_BYTES, records: 0 });
  }

  async #removeOldest(): Promise<void> {
    let dropped = 0;
    while (this.#files.length > 1 && this.#files.reduce((sum, { size }) => sum + size, 0) > this.#maxBytes) {
      const [oldest] = this.#files;
      if (oldest === undefined) break;
      await this.#fileSystem.remove(join(this.#directory, deadLettersName(oldest.first)));
      this.#files.shift();
      dropped += oldest.records;
    }
    if (dropped > 0) this.#report(`dropped its ${dropped} oldest dead letters to make room for new ones`);
  }

  /** Forgets the files, which were deleted. Returns how many dead letters are lost with them. */
  forgetMissing(names: readonly string[]): number {
    const there = new Set(names);
    let gone = 0;
    for (const file of [...this.#files]) {
      if (there.has(deadLettersName(file.first))) continue;
      this.#files.splice(this.#files.indexOf(file), 1);
      gone += file.records;
    }
    return gone;
  }

  async close(): Promise<void> {
    const active = this.#active;
    this.#active = undefined;
    await active?.close();
  }
}

/** The dead letters in a directory, the oldest first. Changes nothing in it. */
export async function* readDeadLetters(
  fileSystem: FileSystem,
  directory: string,
  names: readonly string[],
): AsyncGenerator<DeadLetterRecord> {
  const firsts = deadLetterFilesAmong(names);
  for (const [at, first] of firsts.entries()) {
    const file = await openIfThere(fileSystem, join(directory, deadLettersName(first)));
    // It made room meanwhile.
    if (file === undefined) continue;
    try {
      for await (const { payload } of recordsOf(file, first, firsts[at + 1])) {
        const deadLetter = decodeDeadLetter(payload);
        if (deadLetter !== undefined) yield deadLetter;
      }
    } finally {
      await file.close();
    }
  }
}

/** Names of the files of dead letters. */
export function deadLettersName(first: number): string {
  return `${String(first).padStart(16, "0")}.dead-letters`;
}

/** The first numbers of the files of dead letters among the names, ascending. */
export function deadLetterFilesAmong(names: readonly string[]): number[] {
  return names
    .map((name) => Number(NAME.exec(name)?.[1] ?? 0))
    .filter((first) => Number.isSafeInteger(first) && first > 0)
    .sort((a, b) => a - b);
}

async function* recordsOf(
  file: OpenFile,
  first: number,
  next: number | undefined,
): AsyncGenerator<{ readonly sequence: number; readonly payload: Uint8Array }> {
  const range = {
    position: SEGMENT_HEADER_BYTES,
    end: await file.size(),
    expected: first,
    before: next ?? Number.MAX_SAFE_INTEGER,
  };
  for await (const records of readRecords(file, range)) {
    for (const { sequence, payload } of records) if (payload !== undefined) yield { sequence, payload };
  }
}

/** The length of a JSON text (32 bits, big-endian), the JSON text with everything but the payload, the payload. */
function encodeDeadLetter({ payload, reason, error, time }: DeadLetterRecord): Buffer {
  const head = Buffer.from(JSON.stringify([reason, error, time]));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, payload]);
}

function decodeDeadLetter(bytes: Uint8Array): DeadLetterRecord | undefined {
  const content = Buffer.from(bytes);
  const end = content.length < 4 ? Number.POSITIVE_INFINITY : 4 + content.readUInt32BE(0);
  if (end > content.length) return undefined;
  const head: unknown = parseJson(content.toString("utf8", 4, end));
  if (!Array.isArray(head)) return undefined;
  const [reason, error, time]: unknown[] = head;
  if (typeof reason !== "string" || typeof error !== "string" || typeof time !== "number") return undefined;
  return { payload: new Uint8Array(content.subarray(end)), reason, error, time };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not ours: a checksum guards only against damage.
    return undefined;
  }
}
