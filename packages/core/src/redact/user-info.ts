import { type Cut, matchAt, nextMatch, type Source } from "./rule.js";

/** What stands before an authority: two slashes, also backslashes or percent-encoded, once or more often. */
const AUTHORITY = /(?<![\\/])[\\/]{2,}|(?:%(?:25){0,8}2f){2}/gi;
/** Where a user's name ends. */
const NAME_END = /[\s"'`<>\\/?#:@&]|%(?:25){0,8}40/gi;
const PASSWORD_END = /[\s"<>@]|%(?:25){0,8}40/gi;
/** What no password goes beyond, even where it has white space. */
const LINE_END = /[\r\n"<>]|[\\/]{2}/g;
const AT = /@|%(?:25){0,8}40/gi;
const PORT = /:\d{0,5}(?![^\s\\/?#"'`<>),;.\]])/y;
const IPV6 = /\[[\d.:a-f]{2,64}(?:%\w{1,32})?\]/iy;
/** Characters of a password with white space. */
const MAX_LOOSE = 400;

/**
 * `//user:password@host`: with slashes or white space in the password too, and percent-encoded within another URL.
 * `ssh://git@host` names an account, no secret.
 */
export function* findUserInfo({ text, open }: Source): Generator<Cut> {
  const nameEnd = nextMatch(text, NAME_END);
  const passwordEnd = nextMatch(text, PASSWORD_END);
  const lineEnd = nextMatch(text, LINE_END);
  const nextAt = nextMatch(text, AT);
  let done = 0;
  for (const mark of text.matchAll(AUTHORITY)) {
    const start = mark.index + mark[0].length;
    if (start < done || matchAt(text, IPV6, start)) continue;
    const end = nameEnd(start);
    if (end === Number.POSITIVE_INFINITY) {
      if (open) yield { from: start, to: text.length };
      return;
    }
    let at = isAt(text, end) ? end : undefined;
    if (at !== undefined) {
      const name = text.slice(start, at);
      const before = text.slice(Math.max(0, mark.index - 4), mark.index);
      // An account of git, or a package in a path with two slashes: `a//b@1.2`.
      if ((name === "git" && before === "ssh:") || (/\w$/.test(before) && !/%/.test(mark[0]))) continue;
    } else if (text[end] === ":" && !matchAt(text, PORT, end)) {
      const stop = passwordEnd(end);
      if (stop === Number.POSITIVE_INFINITY) {
        if (open) yield { from: start, to: text.length };
        continue;
      }
      at = isAt(text, stop) ? stop : looseAt(stop);
    } else if (/[ \t]/.test(text[end] ?? "") && end > start && text[mark.index - 1] === ":") {
      // White space in the name: a host would have a dot, or a path after it.
      const candidate = looseAt(end);
      const part = candidate === undefined ? "" : text.slice(start, candidate);
      if (/^[^.:]{1,64}:\S/.test(part)) at = candidate;
    }
    if (at === undefined) continue;
    // The last one counts: a password may have one of its own.
    for (let next = nameEnd(atEnd(at)); isAt(text, next); next = nameEnd(atEnd(at))) at = next;
    done = atEnd(at);
    yield { from: start, to: done, silent: true };
  }

  function atEnd(index: number): number {
    AT.lastIndex = index;
    AT.exec(text);
    return AT.lastIndex;
  }

  /** The `@` on the same line, for a password that has white space. */
  function looseAt(from: number): number | undefined {
    if (!/[ \t]/.test(text[from] ?? "")) return undefined;
    const at = nextAt(from);
    return at < lineEnd(from) && at - from < MAX_LOOSE ? at : undefined;
  }
}

function isAt(text: string, index: number): boolean {
  return text[index] === "@" || text[index] === "%";
}

const WORD = /[^\s"'`<>=(,]+/g;
const WITHOUT_SLASHES = /^([^\\/?#@:]{1,99}):[\\/]?([^\\/?#]*)@(?=[\w[%]|$)/;
/** What may stand before the colon and be no user: schemes and keys of addresses of mail, of images and packages. */
const NO_USER =
  /^(?:.*-)?(?:mailto|e-?mail|mail|from|to|b?cc|acct|sips?|xmpp|contact|author|authors|maintainer|owner|by|sender|recipient|reply-to|subject|assignee|committer|reviewer|npm|pkg|go|jsr|workspace|gem|cargo|file|system|urn|arn|spiffe|did|\d+)$/i;
/** Either an account and its password, or a field and an address of mail. */
const MAYBE_USER = /^(?:user|username|user-?name|login|account)$/i;
/** What may follow the `@` and be no host: a digest or a version. */
const NO_HOST = /^(?:sha\d+:|v?\d+(?:\.(?!\d+\.\d+\.)[\w-]+){0,2}(?:[-+][\w.+-]*)?$)/;

/** `user:password@host`, with no slash or only one before it. */
export function* findBareUserInfo({ text, open }: Source): Generator<Cut> {
  for (const { 0: word, index } of text.matchAll(WORD)) {
    // Most words have none; a search from here would go beyond the word.
    const colon = word.indexOf(":");
    if (colon < 0) continue;
    if (!word.includes("@")) {
      if (open && index + word.length === text.length && word.length > 1000 && !/^[\w+.-]*:?[\\/]{2}/.test(word)) {
        yield { from: index, to: text.length };
      }
      continue;
    }
    const found = WITHOUT_SLASHES.exec(word);
    if (!found) continue;
    const [whole, user = "", password = ""] = found;
    if (NO_USER.test(user) && !password.includes(":")) continue;
    if (MAYBE_USER.test(user) && /^[a-z]+(?:[._-][a-z]+)*$/i.test(password)) continue;
    if (NO_HOST.test(word.slice(whole.length)) && !/^\d+\.\d+\.\d+\.\d+/.test(word.slice(whole.length))) continue;
    yield { from: index, to: index + whole.length, silent: true };
  }
}
