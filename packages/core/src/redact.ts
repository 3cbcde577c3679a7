/** What stands where a secret stood, unless it could be left out altogether. */
export const REDACTED = "[redacted]";

/** Parameter names whose values are secret, wherever they stand. */
const SECRET_NAME =
  /^(?:.*[-_.])?(?:access_?token|token|passw(?:or)?d|passphrase|pwd|secret|api_?key|apikey|access_?key|private_?key|credentials?|authorization|auth|signature|sig|jwt|session|security-token|key|code|assertion)$/i;

/** Nothing that this pattern misses can hold a secret of a form known here; most strings stop at it. */
const SUSPICIOUS =
  /[@?=]|%40|%3a|eyJ|gh[a-z]_|github_pat|gl[a-z]+-|xox|AKIA|ASIA|ATBB|BEGIN |bearer|basic|authorization|token|passw|secret|api_?-?key/i;

/** Tokens that are recognised by their shape: GitHub, GitLab, Slack, AWS, Bitbucket, JSON web tokens, private keys. */
const TOKENS =
  /gh[a-z]_\w{16,}|github_pat_\w{20,}|\bgl[a-z]{2,6}-[\w-]{16,}|\bxox[a-z]-[\w-]{10,}|\bA[KS]IA[0-9A-Z]{16}|\bATBB[\w-]{16,}|\beyJ[\w-]+\.[\w-]+\.[\w-]*|-----BEGIN [A-Z ]*PRIVATE KEY-----(?:(?!-----END)[\s\S])*(?:-----END [A-Z ]*-----)?/g;

/** `name=value`, `"name": "value"` and `Name: value` in prose, for names that are secret beyond doubt. */
const ASSIGNED =
  /((?:^|[\s"'{,;(&?])[\w.-]{0,40}?(?:token|passw(?:or)?d|passphrase|secret|api[-_]?key|access[-_]?key|private[-_]?key)["']?=\s*["']?)[^\s"'&;,)}]+/gi;
const QUOTED = /(["'][\w.-]{0,40}?(?:token|passw(?:or)?d|secret|key|authorization)["']\s*:\s*["'])[^"']*/gi;
const HEADER =
  /\b((?:proxy-)?authorization|[\w-]{0,20}(?:private|access|auth|api|gitlab)-(?:token|key)|password|passphrase)(["']?\s*:\s*)(?:(?:basic|bearer|token|digest|negotiate)\s+)?[^\s"',;]+/gi;
const SCHEME_WORD = /\b(bearer|basic)\s+(?=[^\s]*[\d=+/_])[\w.~+/=-]{8,}/gi;

/** Passes after which a text that still changes is given up as a whole. */
const MAX_PASSES = 6;

/** An address-like word: what stands between white space, quotes and brackets. */
const WORD = /[^\s"'`<>]+/g;
const SEPARATOR = /(:?[\\/]{2,}|(?<=^(?:[a-z][a-z0-9+.-]*)):[\\/])/i;

/**
 * Removes credentials from text: user information and secret parameters of URLs, authorization headers, assignments
 * such as `password=…`, and tokens known by their shape. Doing it again changes nothing. Takes time linear in the length
 * of the text.
 */
export function redactText(text: string): string {
  let result = text;
  // What is cut can bring together what then looks like a secret: done when a pass changes nothing.
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    if (!SUSPICIOUS.test(result)) return result;
    const redacted = redactOnce(result);
    if (redacted === result) return result;
    result = redacted;
  }
  return REDACTED;
}

function redactOnce(text: string): string {
  return text
    .replace(WORD, redactWord)
    .replace(TOKENS, REDACTED)
    .replace(HEADER, `$1$2${REDACTED}`)
    .replace(QUOTED, `$1${REDACTED}`)
    .replace(ASSIGNED, `$1${REDACTED}`)
    .replace(SCHEME_WORD, `$1 ${REDACTED}`);
}

/** As {@link redactText}, for a text that is one URL: what a URL parser would skip is removed first. */
export function redactUrl(url: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: URL parsers drop them, so a secret could hide behind one
  return redactText(url.replace(/[\u0000-\u001f\u007f]/g, "").trim());
}

function redactWord(word: string): string {
  let result = word;
  if (/%40/.test(result) || /%3a%2f%2f/i.test(result)) result = redactEncoded(result);
  if (result.includes("@")) result = redactUserInfo(result);
  if (result.includes("=")) result = redactParameters(result);
  return result;
}

/** A URL inside another's parameter: `?next=https%3A%2F%2Fuser%3Atoken%40host`. */
function redactEncoded(word: string): string {
  return word.replace(/(%3a(?:%2f|[\\/]){1,2})([^&;#]*?)%40/gi, "$1");
}

/** Cuts the user information out of every URL in the word; `git@host` and `ssh://git@host` name no secret. */
function redactUserInfo(word: string): string {
  const parts = word.split(SEPARATOR);
  for (let index = 0; index < parts.length; index += 2) {
    const part = parts[index] ?? "";
    const separator = index === 0 ? "" : (parts[index - 1] ?? "");
    const scheme = index === 0 ? "" : (parts[index - 2] ?? "");
    const authorityEnd = part.search(/[\\/?#]/);
    const authority = authorityEnd === -1 ? part : part.slice(0, authorityEnd);
    const at = authority.lastIndexOf("@");
    if (at !== -1) {
      const userInfo = authority.slice(0, at);
      const isSshUser = /(?:^|\+)ssh$/i.test(scheme) && !userInfo.includes(":");
      if ((separator !== "" && !isSshUser) || (separator === "" && userInfo.includes(":"))) {
        parts[index] = keepBefore(separator, userInfo) + part.slice(at + 1);
      }
    } else if (separator !== "" && /^[^[:]*:[^\d]/.test(authority)) {
      // A password with a slash in it: the real authority ends at the last @ of the word.
      const rest = parts.slice(index).join("");
      const last = rest.lastIndexOf("@");
      if (last !== -1) return parts.slice(0, index).join("") + rest.slice(last + 1);
    }
  }
  return parts.join("");
}

/** `key=user:token@host` without a scheme: what leads up to the user is no secret. */
function keepBefore(separator: string, userInfo: string): string {
  if (separator !== "") return "";
  const start = Math.max(userInfo.lastIndexOf("="), userInfo.lastIndexOf("("), userInfo.lastIndexOf(","));
  return userInfo.slice(0, start + 1);
}

/** Leaves secret parameters out of queries and fragments. */
function redactParameters(word: string): string {
  return word.replace(/([?#])([^?#]*)/g, (_, mark: string, parameters: string) => {
    const kept = parameters.split(/[&;]/).filter((parameter) => !isSecretParameter(parameter));
    const text = kept.join("&");
    return text === "" && parameters !== "" ? "" : mark + text;
  });
}

function isSecretParameter(parameter: string): boolean {
  const equals = parameter.indexOf("=");
  return equals !== -1 && isSecretName(decode(parameter.slice(0, equals)));
}

/** Whether a parameter or attribute of this name holds a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // Not percent-encoded: the name is what stands there.
  }
}
