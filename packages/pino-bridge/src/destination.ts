import { readProperty } from "@alumiini/core/adapter";
import { internalOf, type PinoLogger } from "./logger.js";

/** A file or pipe that pino writes itself: `pino()`, `pino.destination()` (sonic-boom). */
export interface FileDestination extends Emitter {
  write(text: string): boolean;
  flush(): void;
  reopen(): void;
}

/** A destination that says itself when it is done, as `pino.transport()` does. */
export interface FlushableDestination {
  flush(callback: (error?: Error) => void): void;
  /** Whether it holds more than it could pass on at once. */
  readonly writableNeedDrain?: boolean;
  readonly destroyed?: boolean;
}

/** A stream of Node's, such as `process.stdout` or that of `fs.createWriteStream`. */
export interface StreamDestination {
  readonly writableLength: number;
  readonly destroyed?: boolean;
}

/** Several destinations as one: `pino.multistream()`. */
export interface CombinedDestination {
  readonly streams: readonly { readonly stream: unknown }[];
}

interface Emitter {
  on(event: string, listener: (...values: unknown[]) => void): unknown;
  off(event: string, listener: (...values: unknown[]) => void): unknown;
}

/** Where the logger writes. */
export function destinationOf(logger: PinoLogger): unknown {
  return internalOf(logger, "pino.stream");
}

export function isCombined(destination: unknown): destination is CombinedDestination {
  const streams: unknown = readProperty(destination, "streams");
  return Array.isArray(streams) && streams.every((entry) => readProperty(entry, "stream") !== undefined);
}

export function isFile(destination: unknown): destination is FileDestination {
  return has(destination, "write", "flush", "reopen", "on", "off");
}

export function isFlushable(destination: unknown): destination is FlushableDestination {
  return has(destination, "flush");
}

export function isStream(destination: unknown): destination is StreamDestination {
  return typeof readProperty(destination, "writableLength") === "number";
}

function has(destination: unknown, ...methods: readonly string[]): boolean {
  return methods.every((method) => typeof readProperty(destination, method) === "function");
}
