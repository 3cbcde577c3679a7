import { type Cut, nextMatch, type Source } from "./rule.js";

/** No letter or digit before it, but for an escape of a URL or of JSON: `%20ghp_…`, `\nghp_…`. */
const START = "(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2}|\\\\[nrt]))";

/** The beginnings of tokens, with what follows them. Each name says whose they are. */
const SHAPES = {
  github: "gh[a-z]_\\w{10,}|github_pat_\\w{10,}",
  gitlab: "(?:gl(?:pat|dt|rtr?|ptt|cbt|ft|soat|agent|oas|imt|ffct|wt|sat)-|GR1348941)[\\w.-]{10,}",
  atlassian: "AT(?:BB|[AC]TT3)[\\w.=-]{12,}|BBDC-[\\w+/@-]{20,}",
  slack: "xox[a-z](?:\\.xox[a-z])?-[\\w-]{10,}|xapp-[\\w-]{10,}",
  aws: "(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}|ABSK[\\w+/=]{40,}",
  google: "AIza[\\w-]{20,}|ya29\\.[\\w.-]{10,}|GOCSPX-[\\w-]{10,}|1//0[\\w-]{20,}",
  azure: "[\\w~.]{3}\\dQ~[\\w~.-]{20,}|[A-Za-z0-9]{52}JQQJ9[A-Za-z0-9]{10,}",
  alibaba: "LTAI[A-Za-z0-9]{12,}",
  docker: "dckr_[a-z]{3}_[\\w-]{10,}",
  packages:
    "npm_[A-Za-z0-9]{20,}|pypi-AgE[\\w-]{16,}|rubygems_[0-9a-f]{20,}|AKCp[A-Za-z0-9]{20,}|cmVmd[A-Za-z0-9]{40,}|oy2[a-z0-9]{43}",
  payment:
    "(?:sk|rk)_(?:live|test|prod)_\\w{10,}|whsec_[\\w+/=]{16,}|sq0[a-z]{3}-[\\w-]{16,}|EAAA[\\w-]{40,}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{20,}",
  models:
    "hf_[A-Za-z0-9]{16,}|api_org_[A-Za-z0-9]{16,}|sk-[A-Za-z0-9]{20,}|sk-(?:ant|proj|svcacct|admin|or)-[\\w-]{16,}|pplx-[A-Za-z0-9]{20,}|gsk_[A-Za-z0-9]{20,}|xai-[A-Za-z0-9]{20,}|r8_[A-Za-z0-9]{20,}",
  clouds:
    "do[opr]_v1_[0-9a-f]{16,}|dapi[0-9a-f]{32}|fo1_[\\w-]{20,}|fm[12][ar]?_[\\w+/=]{20,}|sbp_[0-9a-f]{20,}|sb_secret_[\\w-]{16,}|nfp_\\w{20,}|sha256~[\\w-]{20,}|pul-[0-9a-f]{40}|tskey-[\\w-]{16,}|[A-Za-z0-9]{14}\\.atlasv1\\.[\\w-]{20,}|v1\\.0-[0-9a-f]{24}-[0-9a-f]{40,}|HRKU-[\\w-]{20,}|pscale_(?:tkn|oauth|pw)_[\\w=.-]{16,}|vc[apikr]_\\w{20,}",
  secretStores:
    "hv[sbr]\\.[\\w-]{16,}|s\\.(?=[A-Za-z]{0,23}\\d)[A-Za-z0-9]{24}(?!\\w)|dp\\.(?:pt|st|ct|sa|scim|audit)\\.[\\w.-]{16,}|ops_eyJ[\\w+/=-]{16,}|A3-[A-Z0-9]{6}-[A-Z0-9-]{20,}|AGE-(?:SECRET-KEY|PLUGIN-[A-Z0-9-]{1,20})-1[0-9A-Z]{10,}",
  observability:
    "gl(?:sa|c)_[\\w+/=]{16,}|dt0[a-z]\\d{2}\\.[\\w.]{20,}|NR(?:AK|II|JS|RA|IQ)-[\\w-]{16,}|sntry[su]_[\\w+/=-]{16,}|PMAK-[0-9a-f-]{20,}|API-[A-Z0-9]{26}|pnu_[A-Za-z0-9]{20,}|rdme_[a-z0-9]{20,}|sq[upa]_[0-9a-f]{40}|phc_\\w{30,}",
  ci: "CCIP(?:AT|RJ)_\\w{16,}|bk(?:ua|at|ct|pt)_[0-9a-f]{16,}|lin_(?:api|oauth)_\\w{16,}|ntn_\\w{20,}|figd_[\\w-]{16,}|CFPAT-[\\w-]{20,}|snyk_\\w{16,}|pat[A-Za-z0-9]{14}\\.[0-9a-f]{20,}",
  mail: "SG\\.[\\w-]{16,}\\.[\\w-]{16,}|xkeysib-[\\w-]{20,}|key-[0-9a-f]{32}|[0-9a-f]{32}-us\\d{1,2}|SK[0-9a-f]{32}(?!\\w)|EAA[A-Z][A-Za-z0-9]{40,}",
  chat: "\\d{8,10}:AA[\\w-]{30,}|[MNO][\\w-]{23,25}\\.[\\w-]{6}\\.[\\w-]{27,}",
  webToken: "eyJ[\\w=-]{10,}(?:\\.[\\w=-]*){0,4}|eyJ[\\w+/=-]{16,}",
  ntlm: "TlRMTVNTUA[\\w+/=]{2,}",
} as const;

const TOKEN = /* @__PURE__ */ (() => new RegExp(`${START}(?:${Object.values(SHAPES).join("|")})`, "g"))();

/** Tokens that their shape gives away. */
export function* findTokens({ text }: Source): Generator<Cut> {
  for (const { 0: match, index } of text.matchAll(TOKEN)) yield { from: index, to: index + match.length };
}

const CREDENTIALS =
  /(?<![A-Za-z0-9])(?:(bearer|negotiate|ntlm|kerberos|ssws|geniekey|apikey|hawk)|basic)[ \t]{1,4}(?=([\w.~+/-]{8,}={0,2}))\2(?![=\w]|(?<==)")/gi;

/** `Bearer …`, `Basic …` and the like, with no header before them. */
export function* findSchemes({ text }: Source): Generator<Cut> {
  for (const { 0: match, 1: scheme, 2: value = "", index } of text.matchAll(CREDENTIALS)) {
    const random = scheme === undefined ? /\d|[+=]|[a-z][A-Z]/ : /\d|[a-z][A-Z][a-z]*[A-Z]/;
    if (random.test(value)) yield { from: index, to: index + match.length };
  }
}

/** Addresses that let anyone who has them post: the secret is in the path. */
const WEBHOOK =
  /(hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/|discord(?:app)?\.com\/api\/(?:v\d+\/)?webhooks\/|\.webhook\.office\.com\/webhookb2\/|outlook\.office(?:365)?\.com\/webhook\/|chat\.googleapis\.com\/v1\/spaces\/|api\.telegram\.org\/(?:file\/)?bot|hooks\.zapier\.com\/hooks\/catch\/|maker\.ifttt\.com\/trigger\/|webhook\.site\/|\/hook\/(?=[0-9a-f]{32}))[^\s"'`<>),;\]}]+/gi;

export function* findWebhooks({ text }: Source): Generator<Cut> {
  for (const { 0: match, 1: start = "", index } of text.matchAll(WEBHOOK)) {
    yield { from: index + start.length, to: index + match.length };
  }
}

/** Passwords as Unix, Apache and LDAP store them. */
const HASH =
  /\$(?:2[abxy]?|5|6|y|7|1|apr1|argon2(?:id|i|d)|scrypt|pbkdf2[\w-]{0,12})\$[\w./+=,$-]{16,}|\{S?SHA\d{0,3}\}[\w+/=]{16,}/g;

export function* findHashes({ text }: Source): Generator<Cut> {
  for (const { 0: match, index } of text.matchAll(HASH)) yield { from: index, to: index + match.length };
}

const SECRET_MANIFEST = /\bkind\\*["']?\s{0,9}:\s{0,9}\\*["']?Secret\b(?!\w)/;
const JSON_DATA = /"(?:data|stringData)\\*"\s{0,9}:\s{0,9}\{/g;
const JSON_VALUE = /((?<!\\)\\{0,8}")(?:[\w.-]{1,253})\1\s{0,9}:\s{0,9}\1([^"\\]+)/g;
const YAML_DATA = /^([ \t]*)(?:data|stringData):[ \t]*\r?\n((?:\1[ \t]+[^\n]*\n?)+)/gm;
const YAML_VALUE = /^[ \t]*[\w.-]{1,253}:[ \t]*(\S[^\n]*(?:\n[ \t]{4,}[^\n:]*)*)/gm;

/** The values of a Kubernetes Secret, whatever their names. */
export function* findSecretManifests({ text }: Source): Generator<Cut> {
  if (!SECRET_MANIFEST.test(text)) return;
  const nextBrace = nextMatch(text, /\}/g);
  let end = 0;
  for (const { 0: match, index } of text.matchAll(JSON_DATA)) {
    const from = index + match.length;
    if (from < end) continue;
    end = Math.min(nextBrace(from), text.length);
    yield* valuesIn(text.slice(from, end), JSON_VALUE, 2, from);
  }
  for (const { 0: match, 2: block = "", index } of text.matchAll(YAML_DATA)) {
    yield* valuesIn(block, YAML_VALUE, 1, index + match.length - block.length);
  }
}

function* valuesIn(block: string, pattern: RegExp, group: 1 | 2, offset: number): Generator<Cut> {
  for (const match of block.matchAll(pattern)) {
    const value = match[group] ?? "";
    const to = offset + match.index + match[0].length;
    yield { from: to - value.length, to };
  }
}

const USER_FLAG =
  /(?:\bcurl\b[^\n]{0,200}?\s(?:-u|--user|--proxy-user|-U)[ =]?|\b(?:sshpass|docker login|podman login|helm registry login|crane auth login|skopeo login|oras login)\b[^\n]{0,200}?\s-p[ =]?|\bmysql(?:dump|admin)?\b[^\n]{0,200}?\s-p(?=\S)|\bredis-cli\b[^\n]{0,200}?\s-a |--from-literal[ =]["']?[\w.-]{1,253}=|\bmachine\s+\S{1,253}\s+login\s+\S{1,253}\s+password\s+|\blogin\s+\S{1,253}\s+password\s+|-pass(?:in|out)?\s+pass:)(["']?)/g;

/** Flags that only their command makes secret, and the files `.netrc`. */
export function* findCommands({ text }: Source): Generator<Cut> {
  const nextGap = nextMatch(text, /\s/g);
  for (const { 0: match, 1: quote, index } of text.matchAll(USER_FLAG)) {
    const from = index + match.length;
    const closing = quote ? text.indexOf(quote, from) : nextGap(from);
    const to = closing < 0 ? text.length : Math.min(closing, text.length);
    if (to > from && text[from] !== "-" && !/^["']?\$/.test(text.slice(from, from + 2))) yield { from, to };
  }
}
