import { type AluminiEvent, EVENT_TYPES, isCancelled } from "@alumiini/core";
import { rowOf } from "@alumiini/core/adapter";

/** Characters of an error message that go into the sentence; `err` has the whole. */
const MAX_ERROR_LENGTH = 200;

/** What breaks lines or steers a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const UNPRINTABLE = /[\0-\x1f\x7f-\x9f\u2028\u2029]/;
/** The same, colours and cursor movements (ECMA-48) as a whole: git and kubectl colour what they print. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const ESCAPES = /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|[\0-\x1f\x7f-\x9f\u2028\u2029]/g;

/** The parts of each type's sentence, with the white space between them. */
const PHRASES = new Map(
  EVENT_TYPES.map((type) => {
    const { subject, verb, preposition = "in" } = rowOf(type).phrase;
    return [type, { subject: `${subject} `, verb: ` ${verb}`, preposition: ` ${preposition} ` }];
  }),
);

/** What a sentence may tell of, beyond its subject. */
interface Details {
  readonly durationMs?: number;
  readonly resourcesApplied?: number;
  readonly resourceKey?: string;
  readonly commit?: string;
  readonly trigger?: string;
  readonly provider?: string;
  readonly errorType?: string;
  readonly errorMessage?: string;
}

/** Whether the event reports a failure: a timeout is one, a cancelled operation is not. */
export function isFailure(event: AluminiEvent): boolean {
  if (isCancelled(event)) return false;
  if (event.outcome === "failure" || event.outcome === "timeout") return true;
  return event.type === "sync_failed" || event.type === "apply_failed";
}

/**
 * The event as one sentence for people, on one line: "Sync of my-app completed in 1.5 s: 5 resources applied at abc1234
 * (webhook)".
 */
export function describe(event: AluminiEvent): string {
  const sentence = compose(event);
  return UNPRINTABLE.test(sentence) ? sentence.replace(ESCAPES, "") : sentence;
}

function compose(event: AluminiEvent): string {
  const { subject = "", verb = "", preposition = "" } = PHRASES.get(event.type) ?? {};
  const details: Details = event;
  const { durationMs, resourcesApplied, resourceKey, commit } = details;
  const cancelled = isCancelled(event);
  const failed = cancelled || isFailure(event);
  // Every piece goes to the end of the one sentence: a piece put together first is copied twice.
  let sentence = subject + event.repoName;
  if (cancelled) sentence += " cancelled";
  else if (failed) sentence += event.outcome === "timeout" ? " timed out" : " failed";
  else sentence += verb;
  if (durationMs !== undefined) sentence += (failed ? " after " : preposition) + formatDuration(durationMs);
  if (resourceKey !== undefined && (failed || resourcesApplied === undefined)) sentence += `: ${resourceKey}`;
  if (failed) return sentence + describeError(details) + describeOrigin(details);
  if (resourcesApplied !== undefined) {
    sentence += ": ";
    sentence += resourcesApplied;
    sentence += resourcesApplied === 1 ? " resource applied" : " resources applied";
  }
  if (commit !== undefined) sentence += ` at ${shorten(commit)}`;
  return sentence + describeOrigin(details);
}

function describeError({ errorType, errorMessage }: Details): string {
  let text = "";
  if (errorType !== undefined && errorType !== "cancelled") text += `: ${errorType}`;
  if (errorMessage !== undefined) text += `: ${firstLine(errorMessage)}`;
  return text;
}

function describeOrigin({ provider, trigger }: Details): string {
  const origin = provider ?? trigger;
  return origin === undefined ? "" : ` (${origin})`;
}

/** "340 ms", "1.5 s", "2 min 5 s", "3 h 12 min". */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds} ms`;
  if (milliseconds < 59_950) {
    const tenths = Math.round(milliseconds / 100);
    const seconds = Math.floor(tenths / 10);
    // Whole numbers only: writing a fraction takes many times as long.
    return tenths % 10 === 0 ? `${seconds} s` : `${seconds}.${tenths % 10} s`;
  }
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A full SHA-1 or SHA-256 as git shortens it; anything else as it is. */
function shorten(commit: string): string {
  return commit.length >= 40 ? commit.slice(0, 7) : commit;
}

function firstLine(text: string): string {
  const end = text.search(/[\n\v\f\r\x85\u2028\u2029]/);
  const line = end === -1 ? text : text.slice(0, end);
  return line.length > MAX_ERROR_LENGTH ? `${line.slice(0, MAX_ERROR_LENGTH)}…` : line;
}
