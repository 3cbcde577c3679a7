import { resolve } from "node:path";
import { RECORD_HEADER_BYTES } from "./log/record.js";
import { SEGMENT_HEADER_BYTES } from "./log/segment.js";

/**
 * When records are synced to the disk besides `flush` and `close`, which do so in every mode. In every mode they are
 * handed to the operating system after 5 ms at the latest, and outlive the process from then on.
 *
 * - `always`: as soon as they are written, together with what else arrived meanwhile.
 * - `interval`: `fsyncIntervalMs` after they were written, at the latest.
 * - `never`: when 8 MiB have come together.
 */
export type FsyncMode = "always" | "interval" | "never";

/** What `fileOutbox` takes. */
export interface FileOutboxOptions {
  /** Where the files are. It is made if it doesn't exist, and must belong to this outbox alone. */
  readonly directory: string;
  /** The most bytes on the disk, from 65,536. Beyond it `append` answers `"full"`. Default 1 GiB. */
  readonly maxBytes?: number;
  /** Default `"always"`. */
  readonly fsync?: FsyncMode;
  /** For `fsync: "interval"`; 1 to 60,000 milliseconds, default 200. */
  readonly fsyncIntervalMs?: number;
  /**
   * The size at which a file is full, from 4,096 bytes; an eighth of `maxBytes` at most. A record, its 16 bytes of header
   * included, may be as large. Space is given back a file at a time. Default 16 MiB, or an eighth of `maxBytes`.
   */
  readonly segmentBytes?: number;
  /**
   * The most bytes of records in memory that are not safe on the disk yet, for instance because it is full; twice
   * `segmentBytes` at least. Beyond it `append` answers `"full"`. Default 64 MiB.
   */
  readonly maxMemoryBytes?: number;
  /**
   * How long `open` waits while another process holds the directory, for instance the one that this one replaces;
   * 0 to 600,000 milliseconds, default 10,000.
   */
  readonly lockTimeoutMs?: number;
}

/** The options with their defaults, and what follows from them. */
export interface Settings extends Required<FileOutboxOptions> {
  readonly maxPayloadBytes: number;
  readonly blockBytes: number;
  readonly maxUnsyncedBytes: number;
}

const MIB = 1_048_576;
const MAX_UNSYNCED_BYTES = 8 * MIB;
const BLOCK_BYTES = 131_072;
const FSYNC_MODES: readonly FsyncMode[] = ["always", "interval", "never"];

/** @throws TypeError for what is of the wrong kind, RangeError for what is out of bounds */
export function resolveOptions(options: FileOutboxOptions): Settings {
  const { directory, fsync = "always" } = options;
  if (typeof directory !== "string" || directory === "") throw new TypeError("directory must be a path");
  if (!FSYNC_MODES.includes(fsync)) throw new TypeError(`fsync must be one of ${FSYNC_MODES.join(", ")}`);
  const maxBytes = wholeNumber("maxBytes", options.maxBytes ?? 1024 * MIB, 65_536, Number.MAX_SAFE_INTEGER);
  const largest = Math.min(1024 * MIB, Math.floor(maxBytes / 8));
  const segmentBytes = wholeNumber("segmentBytes", options.segmentBytes ?? Math.min(16 * MIB, largest), 4096, largest);
  const leastMemory = 2 * segmentBytes;
  const maxMemoryBytes = wholeNumber(
    "maxMemoryBytes",
    options.maxMemoryBytes ?? Math.max(64 * MIB, leastMemory),
    leastMemory,
    Number.MAX_SAFE_INTEGER,
  );
  return {
    directory: resolve(directory),
    maxBytes,
    fsync,
    fsyncIntervalMs: wholeNumber("fsyncIntervalMs", options.fsyncIntervalMs ?? 200, 1, 60_000),
    segmentBytes,
    maxMemoryBytes,
    lockTimeoutMs: wholeNumber("lockTimeoutMs", options.lockTimeoutMs ?? 10_000, 0, 600_000),
    maxPayloadBytes: segmentBytes - SEGMENT_HEADER_BYTES - RECORD_HEADER_BYTES,
    blockBytes: Math.min(BLOCK_BYTES, Math.floor(segmentBytes / 4)),
    maxUnsyncedBytes: Math.min(MAX_UNSYNCED_BYTES, maxMemoryBytes / 4),
  };
}

function wholeNumber(name: string, value: unknown, least: number, most: number): number {
  if (typeof value !== "number") throw new TypeError(`${name} must be a number`);
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new RangeError(`${name} must be a whole number from ${least} to ${most}`);
  }
  return value;
}
