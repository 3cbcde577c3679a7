import {
  destinationOf,
  type FileDestination,
  type FlushableDestination,
  isCombined,
  isFile,
  isFlushable,
  isStream,
  type StreamDestination,
} from "./destination.js";
import type { PinoLogger } from "./logger.js";

/** How often a stream that tells nothing by events is looked at. */
const POLL_MS = 5;

/**
 * Resolves when what was logged before the call has been written; rejects when the destination says that it can't be,
 * or with the signal's reason when that aborts first.
 *
 * pino's own `flush` is not enough: of a multistream, of a stream of Node's and of a file without `minLength` it knows
 * nothing, and calls back at once.
 */
export async function flushLogger(logger: PinoLogger, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await flushDestination(destinationOf(logger) ?? logger, signal);
}

async function flushDestination(destination: unknown, signal: AbortSignal): Promise<void> {
  if (isCombined(destination)) {
    await Promise.all(destination.streams.map(({ stream }) => flushDestination(stream, signal)));
  } else if (isFile(destination)) {
    // Twice: with a `minLength`, a file that was writing is drained with that much still in its buffer.
    await drained(destination, signal);
    await drained(destination, signal);
  } else if (isFlushable(destination)) {
    // A worker's lines leave for it one turn later, and only as many as there is room for.
    await new Promise((resolve) => setImmediate(resolve));
    await until(() => !destination.writableNeedDrain || destination.destroyed === true, signal);
    // Twice, for the worker writes to a file: what it flushes while writing ends with that write.
    await flushed(destination, signal);
    await flushed(destination, signal);
  } else if (isStream(destination)) await emptied(destination, signal);
}

/** Makes the file write what it holds, and resolves when it has. */
function drained(file: FileDestination, signal: AbortSignal): Promise<void> {
  return settled(signal, (resolve, reject) => {
    const start = () => {
      try {
        // An empty write: `flush` does nothing without a `minLength`, and without a write there is no drain.
        const accepted: unknown = file.write("");
        file.flush();
        // Once nobody reads the pipe any more, pino puts a function in the place of `write` that does nothing.
        if (typeof accepted !== "boolean") reject(new Error("nobody reads what pino writes"));
      } catch (error) {
        reject(error);
      }
    };
    const listeners: [string, (value: unknown) => void][] = [
      // A file that was being opened has forgotten the flush.
      ["ready", () => process.nextTick(start)],
      ["drain", () => resolve()],
      ["finish", () => resolve()],
      ["error", reject],
      ["close", () => reject(new Error("what pino writes to has been destroyed"))],
    ];
    for (const [event, listener] of listeners) file.on(event, listener);
    start();
    return () => {
      for (const [event, listener] of listeners) file.off(event, listener);
    };
  });
}

function flushed(destination: FlushableDestination, signal: AbortSignal): Promise<void> {
  return settled(signal, (resolve, reject) => {
    destination.flush((error) => {
      if (error) reject(error);
      else resolve();
    });
    // There is no way to call a flush off.
    return () => {};
  });
}

/** Resolves when the stream has handed on all that was written to it. */
async function emptied(stream: StreamDestination, signal: AbortSignal): Promise<void> {
  await until(() => stream.writableLength === 0 || stream.destroyed === true, signal);
  if (stream.writableLength > 0) throw new Error("what pino writes to has been destroyed");
}

function until(condition: () => boolean, signal: AbortSignal): Promise<void> {
  return settled(signal, (resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      if (condition()) resolve();
      else timer = setTimeout(look, POLL_MS);
    };
    look();
    return () => clearTimeout(timer);
  });
}

/** A promise that `start` settles, or the signal when it aborts; what `start` returns cleans up. */
function settled(
  signal: AbortSignal,
  start: (resolve: () => void, reject: (reason: unknown) => void) => () => void,
): Promise<void> {
  let cleanUp = () => {};
  let onAbort = () => {};
  return new Promise<void>((resolve, reject) => {
    signal.throwIfAborted();
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    cleanUp = start(resolve, reject);
  }).finally(() => {
    signal.removeEventListener("abort", onAbort);
    cleanUp();
  });
}
