/** What stands where a secret stood, unless it could be left out altogether. */
export const REDACTED = "[redacted]";

/** Passes after which a text that still changes is given up as a whole. */
const MAX_PASSES = 5;

/**
 * User information, as `//user:token@host`, the same with a slash in the password, the same percent-encoded within
 * another URL, once or more often, and `user:token@host` with one slash or none before it. `ssh://git@host` names an
 * account, no secret. The counts are bounded, or a text with many beginnings would take quadratic time.
 */
const USER_INFO =
  /((?<![\\/])[\\/]{2,}(?!\[[\d.:a-f]+\])|(?:%(?:25)*2f){2})[^\s"'`<>\\/?#:@&]{0,999}(?::(?!\d*[\\/?#])[^\s"<>@]{0,999}?)?(?<!ssh:\/\/git)(?:@|%(?:25)*40)|(?<![^\s"'`<>=(,])[^\s"'`<>\\/?#=(,@:]{1,99}:[\\/]?[^\s"'`<>\\/?#]{0,999}@(?=\S)/gi;

/**
 * `?token=…`, `password='…'`, `"secret": "…"`, the same within a text in quotes, `--token …`, `Authorization: Bearer …`;
 * in a query also `key`, `sig`, `code`, `auth`, `jwt`, `pass`.
 */
const ASSIGNMENT =
  /((?:(?<![\w.%-])[\w.%-]{0,64}(?:token|passw(?:or)?d|passphrase|pwd|secret|credentials?|signature|authorization|cookie|(?:api|access|private|secret)[-_]?key)|[?&;#](?:key|sig|code|auth|jwt|pass))(?:\\*["']?\s*(?:[:=]>?|%(?:25)*3d)\s*|(?<=--[\w-]{1,64})\s+))(?:(\\*["'])(?:(?!\2)(?:\\.|[\s\S]))*|(?:(?:basic|bearer|token|negotiate)\s+)?[^\s"'&;,)}]+)/gi;

/**
 * What its shape gives away: tokens of GitHub, GitLab, Bitbucket, Slack, AWS, Google and Docker, JSON web tokens, bearer
 * tokens, private keys.
 */
const TOKEN =
  /\b(?:gh[a-z]_|github_pat_|gl(?:pat|dt|rtr?|ptt|cbt|ft|soat|agent)-|xox[a-z]-|A[KS]IA|AT(?:BB|[AC]TT3)|ya29\.|dckr_pat_|eyJ)[\w.=-]{12,}|\b[Bb]earer\s+(?=\S*\d)\S{8,}|-----BEGIN [A-Z ]*KEY[A-Z ]*-----[\s\S]*?(?:-----END[^-]*-----|$)/g;

/**
 * Removes credentials from text: user information of URLs (names and passwords of up to 999 characters), their secret
 * parameters, authorization headers, assignments such as `password=…`, and tokens known by their shape. Doing it again
 * changes nothing. Takes time linear in the length of the text.
 */
export function redactText(text: string): string {
  if (isPlain(text)) return text;
  let result = text;
  // What is cut can bring together what then looks like a secret: done when a pass changes nothing.
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const before = result;
    result = before.replace(USER_INFO, "$1").replace(ASSIGNMENT, `$1$2${REDACTED}`).replace(TOKEN, REDACTED);
    if (result === before) return result;
  }
  return REDACTED;
}

/**
 * As {@link redactText}, for a text that is one URL or name. Removed first are control characters, which a URL parser
 * skips, and line separators and marks of text direction, which could forge what people read. Secret parameters are
 * left out instead of marked.
 */
export function redactUrl(url: string): string {
  if (isPlain(url)) return url;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: URL parsers drop them, so a secret could hide behind one
  const redacted = redactText(url.replace(/[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g, "").trim());
  const kept = redacted.replace(/[?&;#][^?&;#]*=\[redacted][^?&;#]*/g, "");
  // Where the first parameter is gone, the next one starts the query.
  return kept === redacted ? kept : kept.replace(/^([^?#]*)[&;]/, "$1?");
}

/** Whether the text has no mark of a secret, as commits, ids and most names: a token that is all letters begins so. */
function isPlain(text: string): boolean {
  return !(text.length < 16 ? /[^\w./-]/ : /\W|_|^(?:A|ey)/).test(text);
}
