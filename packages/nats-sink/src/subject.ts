import type { AluminiEvent, EventType } from "@alumiini/core";
import { BoundedMap } from "@alumiini/core/adapter";
import type { CloudEvent } from "@alumiini/delivery";

/** Bytes that a subject may have. A server drops the connection over which one of some thousand comes. */
const MAX_SUBJECT_BYTES = 255;
/** Where a subject would be longer, each of its three names keeps this much. */
const MAX_TOKEN_BYTES = 73;

/** Names the subject that an event goes to; `cloudEvent` is there where the sink has an `encode`. */
export type SubjectOf = (event: AluminiEvent, cloudEvent?: CloudEvent) => string;

/**
 * Makes any text one token of a subject: letters, digits, `_` and `-` of ASCII stay, everything else is percent-encoded
 * as UTF-8, so that `decodeURIComponent` gives the text back. The empty text becomes `%00`.
 */
export function subjectToken(text: string): string {
  if (/^[\w-]+$/.test(text)) return text;
  if (text === "") return "%00";
  // encodeURIComponent throws on half of a surrogate pair, and leaves some characters as they are.
  return encodeURIComponent(text.toWellFormed()).replace(
    /[.!~*'()]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * The subject of an event: `alumiini.events.<cluster>.<namespace>.<repo>.<type>`, at most 255 bytes. Names that don't
 * fit are cut and end in `~` and a hash.
 */
export function eventSubject(event: AluminiEvent): string {
  const names = [subjectToken(event.clusterId), subjectToken(event.namespace), subjectToken(event.repoName)];
  const subject = `alumiini.events.${names.join(".")}.${event.type}`;
  if (subject.length <= MAX_SUBJECT_BYTES) return subject;
  return `alumiini.events.${names.map(shorten).join(".")}.${event.type}`;
}

/** Repositories whose subjects are remembered, for each type of event. */
const MAX_REMEMBERED = 4096;

/**
 * Returns a function that names subjects as {@link eventSubject} does, and makes each once: events of one repository and
 * type that wait share it, and need no check of their own when they are published.
 */
export function rememberSubjects(): (event: AluminiEvent) => string {
  const types = new Map<EventType, BoundedMap<string, Remembered>>();
  return (event) => {
    const { type, repoName, namespace, clusterId } = event;
    let repositories = types.get(type);
    if (repositories === undefined) {
      repositories = new BoundedMap(MAX_REMEMBERED);
      types.set(type, repositories);
    }
    const known = repositories.get(repoName);
    if (known?.namespace === namespace && known.clusterId === clusterId) return known.subject;
    const subject = eventSubject(event);
    repositories.set(repoName, { namespace, clusterId, subject });
    return subject;
  };
}

interface Remembered {
  readonly namespace: string;
  readonly clusterId: string;
  readonly subject: string;
}

const [DOT, STAR, GREATER, FIRST_VISIBLE, LAST_VISIBLE] = [0x2e, 0x2a, 0x3e, 0x21, 0x7e];

/**
 * Whether a message may be published there: 1 to 255 bytes of visible ASCII, no empty token, no wildcard, not among the
 * subjects of the server itself. `nats` 2 checks none of this, and a space in a subject ends the connection. A loop,
 * because it runs for every message.
 */
export function isPublishable(subject: string): boolean {
  if (subject.length === 0 || subject.length > MAX_SUBJECT_BYTES || subject.startsWith("$")) return false;
  let before = DOT;
  for (let index = 0; index < subject.length; index++) {
    const code = subject.charCodeAt(index);
    if (code < FIRST_VISIBLE || code > LAST_VISIBLE || code === STAR || code === GREATER) return false;
    if (code === DOT && before === DOT) return false;
    before = code;
  }
  return before !== DOT;
}

/** Whether a stream may be called that. */
export function isStreamName(name: string): boolean {
  return /^[!-~]+$/.test(name) && !/[.*>/\\]/.test(name);
}

function shorten(token: string): string {
  if (token.length <= MAX_TOKEN_BYTES) return token;
  const hash = fnv1a(token).toString(16).padStart(8, "0");
  const kept = token.slice(0, MAX_TOKEN_BYTES - hash.length - 1);
  return `${kept.replace(/%.?$/, "")}~${hash}`;
}

/** FNV-1a, 32 bits: tells names apart that begin alike; no more is needed of it. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** Whether every subject that matches `narrow` matches `wide` too. */
export function covers(wide: string, narrow: string): boolean {
  const wideTokens = wide.split(".");
  const narrowTokens = narrow.split(".");
  for (const [index, token] of wideTokens.entries()) {
    const other = narrowTokens[index];
    if (other === undefined) return false;
    if (token === ">") return true;
    if (other === ">" || (token !== other && token !== "*")) return false;
  }
  return wideTokens.length === narrowTokens.length;
}
