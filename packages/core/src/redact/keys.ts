import { type Cut, nextMatch, type Source } from "./rule.js";

const GAP = "(?: |%20|\\+)";
const KIND = `[A-Z0-9]{0,10}(?:${GAP}[A-Z0-9]{1,10}){0,3}`;
const PEM_BEGIN = /* @__PURE__ */ new RegExp(
  `-{4,5} ?BEGIN${GAP}(?:${KIND}${GAP})?PRIVATE${GAP}KEY(?:${GAP}BLOCK)?|PuTTY-User-Key-File-\\d`,
  "g",
);
const PEM_END = /(?:-{4,5} ?END[^-]{0,80}-{4,5}|Private-MAC: *[0-9a-fA-F]*)/g;
const PEM_TAIL = /* @__PURE__ */ new RegExp(
  `-{4,5} ?END${GAP}(?:${KIND}${GAP})?PRIVATE${GAP}KEY(?:${GAP}BLOCK)? ?-{4,5}`,
  "g",
);

/** Private keys of OpenSSH, OpenSSL, PGP and PuTTY: to their end, or to that of the text. */
export function* findPem({ text }: Source): Generator<Cut> {
  const nextEnd = nextMatch(text, PEM_END);
  let done = 0;
  for (const { index } of text.matchAll(PEM_BEGIN)) {
    if (index < done) continue;
    yield* tails(done, index);
    const end = nextEnd(index);
    if (end === Number.POSITIVE_INFINITY) done = text.length;
    else {
      PEM_END.lastIndex = end;
      PEM_END.exec(text);
      done = PEM_END.lastIndex;
    }
    yield { from: index, to: done };
  }
  yield* tails(done, text.length);

  /** Keys whose beginning was cut off: the lines before the end. */
  function* tails(from: number, to: number): Generator<Cut> {
    let floor = from;
    for (const tail of text.slice(from, to).matchAll(PEM_TAIL)) {
      const end = from + tail.index;
      let start = end;
      for (let line = 0; start > floor; line++) {
        const wordEnd = back(start, /[\s\\"]/, floor);
        const wordStart = back(wordEnd, /[\w+/=]/, floor);
        // The last line of a key may be short, with a line break in JSON after it; other short words are no key.
        if (wordStart === wordEnd || (line > 1 && wordEnd - wordStart < 32)) break;
        start = wordStart;
      }
      floor = end + tail[0].length;
      yield { from: start, to: floor };
    }
  }

  function back(from: number, over: RegExp, floor: number): number {
    let at = from;
    while (at > floor && over.test(text[at - 1] ?? "")) at--;
    return at;
  }
}

/** The words BEGIN of a PEM file in base64, unless a certificate or a public key follows. */
const BASE64_PEM = "LS0tLS1CRUdJTi(?!BDRVJU|BQVUJM)[\\w+/=-]{6,}";
const bytes = (digits: readonly string[], gap: string) => digits.join(gap);
const BEGIN_DECIMAL = /* @__PURE__ */ bytes(
  ["45", "45", "45", "45", "45", "66", "69", "71", "73", "78", "32"],
  "[ ,]{1,3}",
);
const BEGIN_HEX = /* @__PURE__ */ bytes(
  ["2d", "2d", "2d", "2d", "2d", "42", "45", "47", "49", "4e", "20"],
  "[ ,]{0,3}(?:0x)?",
);
const ENCODED_KEY = /* @__PURE__ */ new RegExp(
  `${BASE64_PEM}|\\b${BEGIN_DECIMAL}[ ,]{1,3}(?!67\\b|80[ ,]{1,3}85\\b)[\\d ,]*|\\b(?:0x)?${BEGIN_HEX}[ ,]{0,3}(?:0x)?(?!43|50[ ,]{0,3}(?:0x)?55)[\\da-fx ,]*`,
  "gi",
);

/** Private keys in base64 or as a list of bytes, as Go prints them. */
export function* findEncodedKeys({ text }: Source): Generator<Cut> {
  for (const { 0: match, index } of text.matchAll(ENCODED_KEY))
    yield { from: index, to: index + match.trimEnd().length };
}

const JWK_MEMBER = /((?<!\\)\\{0,8}")(?:d|p|q|dp|dq|qi|k)\1\s{0,9}:\s{0,9}\\*"([\w-]{16,})/g;

/** The private members of a JSON web key. */
export function* findJwk({ text }: Source): Generator<Cut> {
  for (const { 0: match, 2: value = "", index } of text.matchAll(JWK_MEMBER)) {
    yield { from: index + match.length - value.length, to: index + match.length };
  }
}
