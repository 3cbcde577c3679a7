import { Worker } from "node:worker_threads";
import { AbortedError } from "./errors.js";
import type { ManifestFile, ParsedManifests } from "./parse-manifests.js";

/** What the thread tells: the file it begins with, and at last what it found. */
export type ThreadMessage = { readonly file: string } | { readonly parsed: ParsedManifests };

/** Parses a set of files, somewhere. */
export type ParseFiles = (files: readonly ManifestFile[], signal: AbortSignal) => Promise<ParsedManifests>;

const TIMEOUT_MS = 60_000;
const MAX_HEAP_MB = 512;

/**
 * Parses in a thread of its own, with bounds on time (60 s) and memory (512 MB). YAML can be made to take hours of
 * either, and meanwhile `/metrics` and the other workers must go on. The file that broke the bounds is a problem like
 * any other.
 */
export const parseInThread: ParseFiles = async (files, signal) => {
  if (files.length === 0) return { manifests: [], ignored: {}, problems: [] };
  if (signal.aborted) throw new AbortedError();
  const thread = new Worker(new URL("./parser-thread.js", import.meta.url), {
    workerData: files,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  try {
    return await outcome(thread, signal);
  } finally {
    await thread.terminate();
  }
};

function outcome(thread: Worker, signal: AbortSignal): Promise<ParsedManifests> {
  return new Promise((resolve, reject) => {
    let current = "";
    const giveUp = (message: string) => resolve({ manifests: [], ignored: {}, problems: [{ file: current, message }] });
    const timeout = setTimeout(() => giveUp(`takes longer than ${TIMEOUT_MS / 1000} s to parse`), TIMEOUT_MS);
    const onAbort = () => reject(new AbortedError());
    signal.addEventListener("abort", onAbort);
    thread.on("message", (message: ThreadMessage) => {
      if ("file" in message) current = message.file;
      else resolve(message.parsed);
    });
    thread.on("error", (error) => {
      const outOfMemory = error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
      if (outOfMemory) giveUp(`takes more than ${MAX_HEAP_MB} MB of memory to parse`);
      else reject(error);
    });
    // After every other ending this finds the promise settled.
    thread.on("exit", (code) => {
      clearTimeout(timeout);
      signal.removeEventListener("abort", onAbort);
      reject(new Error(`the parser thread ended with code ${code} before it was done`));
    });
  });
}
