import { resolve } from "node:path";
import { milliseconds, oneOf, type RulesFor, readOptions, required, text, wholeNumber } from "@alumiini/core/adapter";
import { RECORD_HEADER_BYTES } from "./log/record.js";
import { SEGMENT_HEADER_BYTES } from "./log/segment.js";

const FSYNC_MODES = ["always", "interval", "never"] as const;

/**
 * When records are synced to the disk besides `flush` and `close`, which do so in every mode. In every mode they are
 * handed to the operating system after 5 ms at the latest, and outlive the process from then on.
 *
 * - `always`: as soon as they are written, together with what else arrived meanwhile.
 * - `interval`: `fsyncIntervalMs` after they were written, at the latest.
 * - `never`: when 8 MiB have come together.
 */
export type FsyncMode = (typeof FSYNC_MODES)[number];

/** What `fileOutbox` takes. */
export interface FileOutboxOptions {
  /** Where the files are. It is created if it doesn't exist, and must belong to this outbox alone. */
  readonly directory: string;
  /** The most bytes on the disk for records, from 65,536. Beyond it `append` returns `"full"`. Default 1 GiB. */
  readonly maxBytes?: number;
  /** The most bytes on the disk for dead letters, beside `maxBytes`, from 65,536. Then the oldest go. Default 64 MiB. */
  readonly maxDeadLetterBytes?: number;
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
   * `segmentBytes` at least. Beyond it `append` returns `"full"`. Default 64 MiB.
   */
  readonly maxMemoryBytes?: number;
  /**
   * How long one attempt to open waits while another process holds the directory, for instance the one that this one
   * replaces; 0 to 600,000 milliseconds, default 10,000. A sink opens its outbox again until it succeeds.
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
const MOST = Number.MAX_SAFE_INTEGER;

const RULES = {
  directory: required(text(undefined)),
  maxBytes: wholeNumber(65_536, MOST, 1024 * MIB),
  maxDeadLetterBytes: wholeNumber(65_536, MOST, 64 * MIB),
  fsync: oneOf<FsyncMode, FsyncMode>(FSYNC_MODES, "always"),
  fsyncIntervalMs: milliseconds(1, 200, 60_000),
  segmentBytes: wholeNumber(4096, MOST, undefined),
  maxMemoryBytes: wholeNumber(1, MOST, undefined),
  lockTimeoutMs: milliseconds(0, 10_000, 600_000),
} satisfies RulesFor<FileOutboxOptions>;

/** @throws {OptionError} for options that no outbox could work with, and for unknown ones. */
export function resolveOptions(options: FileOutboxOptions): Settings {
  const { maxBytes } = readOptions("fileOutbox", options, RULES);
  // The bounds of these two follow from others.
  const largest = Math.min(1024 * MIB, Math.floor(maxBytes / 8));
  const sized = { ...RULES, segmentBytes: wholeNumber(4096, largest, Math.min(16 * MIB, largest)) };
  const { segmentBytes } = readOptions("fileOutbox", options, sized);
  const leastMemory = 2 * segmentBytes;
  const maxMemoryBytes = wholeNumber(leastMemory, MOST, Math.max(64 * MIB, leastMemory));
  const settings = readOptions("fileOutbox", options, { ...sized, maxMemoryBytes });
  return {
    ...settings,
    directory: resolve(settings.directory),
    maxPayloadBytes: segmentBytes - SEGMENT_HEADER_BYTES - RECORD_HEADER_BYTES,
    blockBytes: Math.min(BLOCK_BYTES, Math.floor(segmentBytes / 4)),
    maxUnsyncedBytes: Math.min(MAX_UNSYNCED_BYTES, settings.maxMemoryBytes / 4),
  };
}
