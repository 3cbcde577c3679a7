import { isComplaint, isInnocent, isPlaceholder, isPlainWord, isProse } from "./innocent.js";
import { type Cut, matchAt, nextMatch, type Source } from "./rule.js";

/** How the names of secrets end. */
const NAME =
  "(?:api|access|private|secret|account|encryption|signing|master|auth|client|storage|deploy|ssh|service|license|app|hmac|session|consumer|shared|subscription)[-_. ]?key(?:[-_]?(?:data|base))?" +
  "|token|passw(?:or)?d|passphrase|passcode|pwd|secret|credentials?|creds|signature|authorization|cookie" +
  "|(?<![a-z0-9])(?:(?:key|store)?pass|bearer|_auth|_password|session[-_]?id|connect\\.sid|phpsessid|jsessionid)|connection[-_]?string";
const SUFFIX = "(?:[-_.]?(?:value|base64|b64|hash|enc|encoded|plain|text|string|raw|\\d{1,3})| provided)?";
const NAMES = /* @__PURE__ */ new RegExp(`(?:${NAME})${SUFFIX}(?![a-z])`, "gi");
const WHOLE_NAME = /* @__PURE__ */ new RegExp(`(?:${NAME})${SUFFIX}$`, "i");
/** In a query, short names tell as much. `Pass` also ends a name in camel case, and `auth` one of a registry. */
const SHORT_NAMES =
  /(?<=[?&;#])(?:key|sig|code|auth|jwt|pass|token)(?==)|(?<=[a-z])Pass(?![a-z])|(?<=["'])auth(?=\\{0,8}["'])/g;

/** Whether a name says that its value is a secret. */
export function isSecretName(name: string): boolean {
  const end = name.slice(-100);
  return WHOLE_NAME.test(end) || /[a-z]Pass$/.test(end);
}

const GAP = "[ \\t]{0,9}";
/** Between name and value: `=`, `:`, `=>`, `:=` and percent-encoded ones, after a closing quote or bracket. */
const SEPARATOR = /* @__PURE__ */ new RegExp(
  `(?:\\\\{0,8}["'\`\\[\\])]){0,3}${GAP}(?:\\r?\\n[ \\t]{0,40})?(?:(?:[:?]?=|->|[:\\uff1a])>?|%(?:25){0,8}3[ad])(\\s{0,99})(?:[!&]{1,2}\\w{1,20} |string\\(\\d{1,9}\\) |Some\\(|Secret\\(|b(?=["']))?`,
  "iy",
);
/** `--password hunter2`, `["--password", "hunter2"]`, `"Authorization", "Bearer …"`. */
const ARGUMENT = /[ \t]{1,9}(?!-)|(?=\\{0,8}["'])\\{0,8}["']\s{0,9},\s{0,20}(?=\\{0,8}["'])/y;
/** `{"name": "DB_PASSWORD", "value": "…"}`, `name: DB_PASSWORD`, `value: …`. */
const PAIR = /(?:\\{0,8}["'])?(?:[\s,]{1,40})(?:\\{0,8}["'])?value(?:\\{0,8}["'])?\s{0,9}[:=]\s{0,9}/iy;
const ELEMENT = /(?:\s[^<>\n]{0,100})?>/y;
const MULTIPART = /["']\r?\n(?:content-[^\n]{0,99}\r?\n)?\r?\n/iy;
const SPOKEN = /[ \t]{1,3}(?=\\{0,8}["'])/y;

const QUOTE = /(\\{0,8})(["'])(?:\1\2\1\2)?/y;
const BLOCK = /[|>][-+\d]{0,2}[ \t]*\r?\n(?:[ \t]+[^\n]*(?:\n|$))+/y;
/** Goes on over what may belong to a password, as long as no other name or the end of a sentence follows. */
const WORD =
  /(?:[^\s"'&;,)}\]]|[&;,)}\]](?![\s"'&;,)}\]]|$|\\?["'{[]|[\w.%-]{1,64}\\?["']?[=:])|["'](?=[\w!@#$%^*]))+/y;
const QUERY_WORD = /[^\s"'&;#<>]+/y;
const ENV_WORD = /(?:[^\s"']|["'](?=[\w!@#$%^*]))+/y;
const SCHEME =
  /(?:basic|bearer|token|negotiate|ntlm|kerberos|apikey|ssws|geniekey|[A-Za-z][\w-]{1,30})[ \t]{1,4}(?=\S{16}|\S{0,16}\d|\S{1,64}\s*$)/iy;
const LINE_SCHEME =
  /(?:digest|aws4-hmac-sha256|aws4-ecdsa-p256-sha256|oauth|hawk|signature|mac|sharedkey(?:lite)?|sharedaccesssignature|gnap)[ \t]/iy;
const REST_OF_LINE = /[^\r\n]*/y;
/** A line of YAML or of an environment: to its end. */
const GO_BYTES = /\[\](?:uint8|byte)\{/y;
const GO_FIELD = / [A-Z]\w{0,40}:|[}\]]/y;
const GO_FIELDS = /[^\n{}\]]{1,100}?(?=[ \]][A-Z]\w{0,40}:|[}\]])/y;

/** A value, and where the search for names goes on: further names may stand on the same line. */
interface Found extends Cut {
  readonly next?: number;
}

/** What stands before a name, up to its beginning. */
const NAME_CHARACTER = /[\w.%-]/;

/** `password=…`, `"token": "…"`, `--secret …`, `Authorization: …`, `<password>…</password>` and their like. */
export function* findAssignments({ text }: Source): Generator<Cut> {
  const nextBracket = nextMatch(text, /\]/g);
  const nextQuote = { '"': nextMatch(text, /"/g), "'": nextMatch(text, /'/g) };
  const nextBrace = nextMatch(text, /\}/g);
  const nextAngle = nextMatch(text, /</g);
  const nextLineOrQuote = nextMatch(text, /[\r\n"']/g);
  const nextLine = nextMatch(text, /[\r\n]/g);
  let done = 0;
  for (const match of merged(text.matchAll(NAMES), text.matchAll(SHORT_NAMES))) {
    const nameEnd = match.index + match[0].length;
    if (nameEnd <= done) continue;
    const found = valueAt(match[0], match.index, nameEnd);
    if (found === undefined || found.to <= found.from) continue;
    done = found.next ?? found.to;
    yield found;
  }

  function valueAt(ending: string, endingStart: number, nameEnd: number): Found | undefined {
    let nameStart = endingStart;
    while (endingStart - nameStart < 64 && NAME_CHARACTER.test(text[nameStart - 1] ?? "")) nameStart--;
    const name = text.slice(nameStart, nameEnd);
    // The shell's own, with a path.
    if (/^(?:OLD)?PWD$/.test(name)) return undefined;
    const separator = matchAt(text, SEPARATOR, nameEnd);
    if (separator) {
      const start = nameEnd + separator[0].length;
      // The user of a URL: `//x-access-token:…@host`.
      if (
        separator[0] === ":" &&
        /(?:[\\/]{2}|%2f)$/i.test(text.slice(Math.max(0, nameStart - 3), nameStart)) &&
        isUser(start)
      )
        return undefined;
      // What a parser says that it met: `unexpected token: …`.
      if (/(?:expected|illegal|next|near|got) $/i.test(text.slice(Math.max(0, nameStart - 11), nameStart)))
        return undefined;
      return value(ending, name, nameStart, separator[0], start);
    }
    const pair = matchAt(text, PAIR, nameEnd);
    if (pair) return value(ending, name, nameStart, "=", nameEnd + pair[0].length);
    const isFlag = /^-{1,2}[a-z]/i.test(name) || /^-{1,2}$/.test(text.slice(Math.max(0, nameStart - 2), nameStart));
    const isHeader = /authorization$|cookie$|key$|token$/i.test(name) && /["']/.test(text[nameStart - 1] ?? "");
    if (isFlag || (isHeader && /authorization|cookie|^x-/i.test(name))) {
      const argument = matchAt(text, ARGUMENT, nameEnd);
      const start = nameEnd + (argument?.[0].length ?? 0);
      if (argument && !isProse(text, start)) return value(ending, name, nameStart, "=", start);
    }
    if (text[nameStart - 1] === "<") {
      const element = matchAt(text, ELEMENT, nameEnd);
      const from = nameEnd + (element?.[0].length ?? 0);
      return element ? { from, to: Math.min(nextAngle(from), text.length) } : undefined;
    }
    const multipart = matchAt(text, MULTIPART, nameEnd);
    if (multipart) return cut(REST_OF_LINE, nameEnd + multipart[0].length);
    // `password "hunter2" was refused`
    if (/passw|passphrase/i.test(ending)) {
      const spoken = matchAt(text, SPOKEN, nameEnd);
      if (spoken) return quoted(nameEnd + spoken[0].length, true);
    }
    return undefined;
  }

  function isUser(start: number): boolean {
    return matchAt(text, WORD, start)?.[0].includes("@") === true;
  }

  function value(ending: string, name: string, nameStart: number, separator: string, start: number): Found | undefined {
    const char = text[start] ?? "";
    const isColon = /:/.test(separator) && !/=/.test(separator);
    if (matchAt(text, QUOTE, start)) return quoted(start, isColon);
    if (char === "|" || char === ">") {
      const block = cut(BLOCK, start);
      if (block) return { from: start, to: block.to - 1 };
    }
    // A map or a list of its own, with names of its own.
    if (/\n/.test(separator) && /^(?:[\w."'-]{1,64}\s{0,3}:|- )/.test(text.slice(start, start + 80))) return undefined;
    if (char === "{" || (isColon && isProse(text, start))) return undefined;
    if (char === "[") {
      const bytes = matchAt(text, GO_BYTES, start);
      const from = start + (bytes?.[0].length ?? 1);
      const end = bytes ? nextBrace(from) : nextBracket(from);
      const to = Math.min(end, text.length);
      return isPlaceholder(text.slice(from, Math.min(to, from + 40))) ? undefined : { from, to };
    }
    if (/authorization$/i.test(name)) return credentials(nameStart, start, isColon);
    if (isColon && /cookie$/i.test(name) && !matchAt(text, /[^\s;=]{1,256}=/y, start)) return undefined;
    if (/set-cookie$/i.test(name)) return cut(/[^\s;"']+/y, start);
    if (/cookie$/i.test(name) || /connection[-_]?string/i.test(ending)) {
      return { from: start, to: Math.min(nextLineOrQuote(start), text.length), next: start };
    }
    const isQuery = /[?&;#]/.test(text[nameStart - 1] ?? "") || /^%/.test(separator);
    const isEnv = /^[A-Z][A-Z0-9_]*$/.test(name) && separator === "=";
    const found = cut(isQuery ? QUERY_WORD : isEnv ? ENV_WORD : WORD, start);
    if (!found) return undefined;
    // A bracket that was open before, and the end of a sentence.
    const word = isEnv ? text.slice(start, found.to).replace(/[),;}\]]+$/, "") : text.slice(start, found.to);
    const to = start + word.length;
    if (isInnocent(ending, name, word, isColon)) return undefined;
    if (isColon && /\s/.test(separator) && (isPlainWord(word) || /^v?\d{1,4}$/.test(word)) && proseFollows(ending, to))
      return undefined;
    if (isColon && !/\s/.test(separator) && /^[A-Z]/.test(name)) {
      const fields = matchAt(text, GO_FIELD, to) ? undefined : matchAt(text, GO_FIELDS, to);
      if (fields && text[to] === " ") return { from: start, to: to + fields[0].length, next: to };
    }
    const isLine = isColon && /(?:^|\n)[ \t"'-]{0,40}$/.test(text.slice(Math.max(0, nameStart - 40), nameStart));
    if (isLine && /passphrase|passw/i.test(ending) && /\n/.test(text))
      return { from: start, to: Math.min(nextLine(start), text.length), next: to };
    return { from: start, to };
  }

  /** Whether words follow: then a single word after the colon is part of a sentence, but for passwords. */
  function proseFollows(ending: string, to: number): boolean {
    return !/passw|passphrase|pwd/i.test(ending) && /^[ \t]["'(a-z]/i.test(text.slice(to, to + 2));
  }

  function credentials(nameStart: number, start: number, isColon: boolean): Found | undefined {
    const quote = text[nameStart - 1];
    if (matchAt(text, LINE_SCHEME, start)) {
      const closing = quote === "'" ? nextQuote[quote](start) : Number.POSITIVE_INFINITY;
      return { from: start, to: Math.min(nextLine(start), closing, text.length), next: start };
    }
    const scheme = matchAt(text, SCHEME, start);
    const found = cut(WORD, start + (scheme?.[0].length ?? 0));
    if (!found) return undefined;
    const word = text.slice(found.from, found.to);
    if (isPlaceholder(word)) return undefined;
    if (isColon && !scheme && isPlainWord(word) && /^[ \t]\S/.test(text.slice(found.to, found.to + 2)))
      return undefined;
    return { from: start, to: found.to };
  }

  function cut(pattern: RegExp, from: number): Cut | undefined {
    const match = matchAt(text, pattern, from);
    return match?.[0] ? { from, to: from + match[0].length } : undefined;
  }

  function quoted(start: number, isColon: boolean): Cut | undefined {
    const opening = matchAt(text, QUOTE, start);
    if (!opening) return undefined;
    const [all, slashes = "", quote = '"'] = opening;
    const isTriple = all.length > slashes.length + 1;
    // Two quotes and no third: an empty value.
    const from = start + all.length;
    const next = nextQuote[quote === "'" ? "'" : '"'];
    for (let at = next(isTriple ? from : start + slashes.length + 1); ; at = next(at + 1)) {
      if (at === Number.POSITIVE_INFINITY)
        return isPlaceholder(text.slice(from, from + 40)) ? undefined : { from, to: text.length };
      let before = 0;
      while (before < 32 && text[at - 1 - before] === "\\") before++;
      const closes = slashes.length === 0 ? before % 2 === 0 : before <= slashes.length;
      if (!closes || (isTriple && !text.startsWith((slashes + quote).repeat(3), at - slashes.length))) continue;
      const value = text.slice(from, at - Math.min(before, slashes.length));
      return isPlaceholder(value) || (isColon && isComplaint(value)) ? undefined : { from, to: from + value.length };
    }
  }
}

/** Matches of two patterns in the order of their place. */
function* merged(first: Iterable<RegExpExecArray>, second: Iterable<RegExpExecArray>): Generator<RegExpExecArray> {
  const [a, b] = [first[Symbol.iterator](), second[Symbol.iterator]()];
  let [left, right] = [a.next(), b.next()];
  while (!left.done || !right.done) {
    if (right.done || (!left.done && left.value.index <= right.value.index)) {
      if (left.done) return;
      yield left.value;
      left = a.next();
    } else {
      yield right.value;
      right = b.next();
    }
  }
}
