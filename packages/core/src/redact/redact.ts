import { type Cut, REDACTED, type Source } from "./rule.js";
import { RULES } from "./rules.js";

/** Passes after which a text that still changes is given up as a whole. */
const MAX_PASSES = 3;

/** Secrets in one text, above which it is given up as a whole: nobody reads what is left of it. */
const MAX_CUTS = 100;

/**
 * Removes credentials from text: user information of URLs, secret parameters, authorization headers, assignments such
 * as `password=…`, private keys, and tokens known by their shape. Doing it again changes nothing. Takes time linear in
 * the length of the text.
 */
export function redactText(text: string): string {
  return isPlain(text) ? text : redact(text, false);
}

/**
 * As {@link redactText}, for a text that is one URL or name. It is read without control characters, which a URL parser
 * skips, and without line separators and marks of text direction, which could forge what people read. Where that shows no
 * secret, line breaks and tabs become visible characters, so that two names stay two. Secret parameters are left out instead of marked.
 */
export function redactUrl(url: string): string {
  return isPlain(url) ? url : redactUrlPart(url, false);
}

/** A way to redact, of {@link redactStart}. */
export type RedactKind = "text" | "url";

/**
 * The first `limit` characters of the redacted text, with `…` for the rest. Redacts first and cuts then, so that no
 * secret is cut in two and not recognised. Reads a bounded part of the text.
 */
export function redactStart(text: string, limit: number, kind: RedactKind): string {
  if (text.length <= limit && isPlain(text)) return text;
  const part = text.slice(0, limit + LOOK_AHEAD);
  const open = part.length < text.length;
  const whole = kind === "url" ? redactUrlPart(part, open) : redact(part, open);
  if (whole.length <= limit && !open) return whole;
  // A cut can make of something harmless what looks like a secret: `token: required` becomes `token: req…`.
  const cut = redact(cutAt(whole, limit), false);
  return cut.length <= limit ? cut : cutAt(cut, limit);
}

/** Characters read beyond a limit: secrets that are known by their end must be whole to be seen. */
export const LOOK_AHEAD = 1300;

function cutAt(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const start = text.slice(0, limit - 1);
  // Half a mark would be taken for a secret.
  const mark = start.lastIndexOf("[");
  return `${mark >= 0 && REDACTED.startsWith(start.slice(mark)) ? start.slice(0, mark) : start}…`;
}

function redact(text: string, open: boolean): string {
  return untilSettled(text, open, applyRules);
}

/**
 * Repeats a step until it changes nothing: what one pass leaves out can bring together what then looks like a secret. A
 * text that goes on changing is given up as a whole.
 */
function untilSettled(text: string, open: boolean, step: (source: Source) => string): string {
  let result = text;
  for (let pass = 0; pass <= MAX_PASSES; pass++) {
    const before = result;
    result = step({ text: before, open: open && pass === 0 });
    if (result === before) return result;
  }
  return REDACTED;
}

function applyRules(source: Source): string {
  const { text } = source;
  const cuts: Cut[] = [];
  for (const { hint, find } of Object.values(RULES)) {
    if (!hint.test(text)) continue;
    for (const cut of find(source)) {
      if (cuts.push(cut) > MAX_CUTS) return REDACTED;
    }
  }
  if (cuts.length === 0) return text;
  cuts.sort((a, b) => a.from - b.from || Number(b.silent ?? false) - Number(a.silent ?? false));
  let result = "";
  let done = 0;
  for (let index = 0; index < cuts.length; ) {
    const { from, silent = false } = cuts[index] as Cut;
    let to = from;
    let silentTo = silent ? from : -1;
    for (let cut = cuts[index]; cut !== undefined && cut.from <= to; cut = cuts[++index]) {
      to = Math.max(to, cut.to);
      if (cut.silent && cut.from <= silentTo) silentTo = Math.max(silentTo, cut.to);
    }
    // No mark where all of it is of the kind that leaves none.
    result += text.slice(done, from) + (to === silentTo ? "" : REDACTED);
    done = to;
  }
  return result + text.slice(done);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: URL parsers drop them, so a secret could hide behind one
const INVISIBLE = /[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g;

function redactUrlPart(part: string, open: boolean): string {
  const trimmed = part.trim();
  const bare = trimmed.replace(INVISIBLE, "").trim();
  const redacted = untilSettled(bare, open, redactParameters);
  if (redacted !== bare || bare.length === trimmed.length) return redacted;
  return untilSettled(trimmed.replace(INVISIBLE, visible), open, redactParameters);
}

function redactParameters(source: Source): string {
  return withoutParameters(applyRules(source));
}

/** The picture (U+2400 and on) of a line break, a tab and the like; nothing for marks that could only forge a text. */
function visible(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "\u2421" : "";
}

/** The URL without the parameters that were redacted. */
function withoutParameters(url: string): string {
  const kept = url.replace(/[?&;#][^?&;#=]*=\[redacted][^?&;#]*/g, "");
  // Where the first parameter is gone, the next one starts the query.
  return kept === url ? kept.trim() : kept.replace(/^([^?#]*)[&;]/, "$1?").trim();
}

/** Whether the text has no mark of a secret, as commits, ids and most names. */
function isPlain(text: string): boolean {
  return text.length < 16
    ? !/[^\w./-]/.test(text)
    : !/\W|_|^(?:A|ey|LS0|TlR|SK|LTAI|EAA|cmV|dapi|GR1)|JQQJ9/.test(text);
}
