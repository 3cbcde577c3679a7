import { Worker } from "node:worker_threads";
import { AbortedError } from "../errors.js";
import type { ManifestFile, ParsedManifests } from "./parse-manifests.js";

/** What the thread tells: the file it begins with, and at last what it found. */
export type ThreadMessage = { readonly file: string } | { readonly parsed: ParsedManifests };

/** Parses a set of files, somewhere. */
export type ParseFiles = (files: readonly ManifestFile[], signal: AbortSignal) => Promise<ParsedManifests>;

/** What one set of files may cost. */
export interface ParseLimits {
  /** Milliseconds. */
  readonly timeoutMs: number;
  /** Of JavaScript heap. */
  readonly maxHeapMb: number;
}

const DEFAULT_LIMITS: ParseLimits = { timeoutMs: 60_000, maxHeapMb: 512 };
const THREAD = new URL("./parser-thread.js", import.meta.url);

/**
 * Makes a parser that works in a thread of its own, within limits. YAML can be made to take hours and gigabytes, and
 * meanwhile `/metrics` and the other workers must go on. The file that broke the limits is a problem like any other.
 *
 * @param script is the built `parser-thread`.
 */
export function createThreadParser(limits: ParseLimits = DEFAULT_LIMITS, script: URL = THREAD): ParseFiles {
  return async (files, signal) => {
    if (files.length === 0) return { manifests: [], ignored: {}, problems: [] };
    if (signal.aborted) throw new AbortedError();
    const thread = new Worker(script, {
      workerData: files,
      resourceLimits: { maxOldGenerationSizeMb: limits.maxHeapMb },
    });
    try {
      return await outcome(thread, limits, signal);
    } finally {
      await thread.terminate();
    }
  };
}

function outcome(thread: Worker, limits: ParseLimits, signal: AbortSignal): Promise<ParsedManifests> {
  return new Promise((resolve, reject) => {
    let current = "";
    const giveUp = (message: string) => resolve({ manifests: [], ignored: {}, problems: [{ file: current, message }] });
    const timeout = setTimeout(() => giveUp(`takes longer than ${limits.timeoutMs} ms to parse`), limits.timeoutMs);
    const onAbort = () => reject(new AbortedError());
    signal.addEventListener("abort", onAbort);
    thread.on("message", (message: ThreadMessage) => {
      if ("file" in message) current = message.file;
      else resolve(message.parsed);
    });
    thread.on("error", (error) => {
      const outOfMemory = error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
      if (outOfMemory) giveUp(`takes more than ${limits.maxHeapMb} MB of memory to parse`);
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
