/** What stands where a secret stood, unless it could be left out altogether. */
export const REDACTED = "[redacted]";

/** Passes after which a text that still changes is given up as a whole. */
const MAX_PASSES = 6;

/** Nothing that this pattern misses can hold a secret of a form known here; most strings stop at it. */
const SUSPICIOUS =
  /[@=]|%40|key|token|passw|passp|secret|authori|bearer|basic|gh[a-z]_|gl[a-z]+-|xox|A[KS]IA|ATBB|eyJ|BEGIN/i;

/** Names of parameters and attributes whose values are secret. */
const SECRET_NAME =
  /(?:token|passw(?:or)?d|passphrase|pwd|secret|credentials?|authorization|signature|jwt|session|assertion|(?:^|[-_.])(?:auth|sig|key|code)|(?:api|access|private)_?key)$/i;

/** `user:token@` and `token@` between the slashes and the host. */
const USER_INFO = /(?<![\\/])([\\/]{2,})([^\s"'`<>\\/?#]*)@/g;
/** The same with a slash in the password: `//user:` with no port behind it, up to the last @ of the word. */
const BROKEN_USER_INFO = /(?<![\\/])([\\/]{2,})[^\s"'`<>\\/?#:@[]*:(?!\d*(?:[\\/?#\s]|$))[^\s"'`<>]*@/g;
/** `user:token@host` with one slash or none before it. */
const BARE_USER_INFO = /(?<![^\s"'`<>=(,])[^\s"'`<>\\/?#=(,@]*:[\\/]?[^\s"'`<>\\/?#@]+@(?=\S)/g;
/** `https%3A%2F%2Fuser%3Atoken%40host`, a URL inside another's parameter. */
const ENCODED_USER_INFO = /(%3a(?:%2f|[\\/])*)[^&;#\s]*?%40/gi;
const PARAMETER = /([?&;#])([^\s"'<>?&;#=]+)=[^\s"'<>&;#]*/g;

/** `name=value`, `"name": "value"` and `Name: value`, for names that are secret beyond doubt. */
const ASSIGNMENT =
  /\b((?:[\w.-]{0,40}(?:token|passw(?:or)?d|passphrase|secret|(?:api|access|private)[-_]?key)|authorization)["']?\s*[:=]\s*["']?)(?:(?:basic|bearer|token|digest)\s+)?[^\s"'&;,)}]+/gi;
const SCHEME = /\b(bearer|basic)\s+(?=\S*[\d=+/_])[\w.~+/=-]{8,}/gi;
/** What its shape gives away: GitHub, GitLab, Slack, AWS, Bitbucket, JSON web tokens, private keys. */
const TOKEN =
  /gh[a-z]_\w{16,}|github_pat_\w{20,}|\bgl[a-z]{2,6}-[\w-]{16,}|\bxox[a-z]-[\w-]{10,}|\bA[KS]IA[0-9A-Z]{16}|\bATBB[\w-]{16,}|\beyJ[\w-]+\.[\w-]+\.[\w-]*|-----BEGIN [A-Z ]*PRIVATE KEY-----(?:(?!-----END)[\s\S])*(?:-----END [A-Z ]*-----)?/g;

/**
 * Removes credentials from text: user information and secret parameters of URLs, authorization headers, assignments
 * such as `password=…`, and tokens known by their shape. Doing it again changes nothing. Takes time linear in the length
 * of the text.
 */
export function redactText(text: string): string {
  let result = text;
  // What is cut can bring together what then looks like a secret: done when a pass changes nothing.
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const redacted = SUSPICIOUS.test(result) ? redactOnce(result) : result;
    if (redacted === result) return result;
    result = redacted;
  }
  return REDACTED;
}

/** As {@link redactText}, for a text that is one URL: what a URL parser would skip is removed first. */
export function redactUrl(url: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: URL parsers drop them, so a secret could hide behind one
  return redactText(url.replace(/[\u0000-\u001f\u007f]/g, "").trim());
}

/** Whether a parameter or attribute of this name holds a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

function redactOnce(text: string): string {
  return redactParameters(
    text
      .replace(ENCODED_USER_INFO, "$1")
      .replace(USER_INFO, (all, slashes: string, user: string, offset: number, whole: string) =>
        // `ssh://git@host` names an account, not a secret.
        whole.slice(offset - 4, offset) === "ssh:" && !user.includes(":") ? all : slashes,
      )
      .replace(BROKEN_USER_INFO, "$1")
      .replace(BARE_USER_INFO, ""),
  )
    .replace(ASSIGNMENT, `$1${REDACTED}`)
    .replace(SCHEME, `$1 ${REDACTED}`)
    .replace(TOKEN, REDACTED);
}

/** Leaves secret parameters out of queries and fragments. */
function redactParameters(text: string): string {
  const result = text.replace(PARAMETER, (all, mark: string, name: string) =>
    isSecretName(decode(name)) ? (mark === "&" || mark === ";" ? "" : mark) : all,
  );
  return result === text ? text : result.replace(/([?#])[&;]/g, "$1").replace(/[?#]+(?=[\s"'<>#]|$)/g, "");
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // Not percent-encoded: the name is what stands there.
  }
}
