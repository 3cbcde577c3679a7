/** What stands for a value and is none: references, templates, marks of redaction, values that say nothing. */
const PLACEHOLDER =
  /^(?:\$\{[^}]*\}?|\$\(.*\)?|\$\{\{.*|\$[A-Z_][A-Z0-9_]*|%[A-Z_][A-Z0-9_]*%|%[sdvq]|\{\{.*|<[^>]*>?|\[redacted\]?.*|["']?\*+["']?|[x.…*#-]+|\(?(?:null|nil|none|undefined|true|false|yes|no|redacted|masked|hidden|omitted|removed|unset|empty|string|sensitive(?: value)?|hidden|data|n\/a)\)?[.;,]?)$/i;

export function isPlaceholder(value: string): boolean {
  return value.length === 0 || (value.length < 300 && PLACEHOLDER.test(value.trim()));
}

/** Words with which sentences about a secret go on, where its value could stand. */
const PROSE =
  /(?:required|invalid|forbidden|not|missing|expected|unexpected|must|may|might|should|shall|can|can['’]?t|cannot|could|couldn['’]?t|would|will|won['’]?t|is|isn['’]?t|are|was|were|has|have|had|does|doesn['’]?t|did|do|be|been|failed|failure|fails|failing|expired|expires|revoked|rejected|refused|denied|unauthorized|unauthenticated|unsupported|unknown|undefined|unable|unset|undecryptable|empty|wrong|bad|malformed|mismatch|mismatched|duplicate|deprecated|disabled|enabled|error|errors|incorrect|internal|illegal|insufficient|length|lookup|no|none|null|nil|yes|ok|okay|valid|verified|unverified|verification|validation|authentication|permission|too|the|an?|this|that|for|from|of|in|on|at|by|to|with|without|and|or|if|as|due|because|see|use|using|please|check|found|exists|already|never|only|both|either|neither|neither|any|all|each|every|request|requests|resource|response|file|flag|option|argument|value|values|parameter|field|count|limit|type|name|key|EOF|end|identifier|string|number|object|array|character|input|stream|operator|keyword|literal|audience|issuer|scope|claims?|decode|decoding|parse|parsing|unchanged|configured|created|deleted|updated|rotated|rotation|renewed|refreshed|synced|pruned|skipped|ignored|reconciled|ready|pending|timeout|context|optional|default|changed|reset|policy)(?![\w@/+=-])(?!\.\w)/iy;

/** Whether a sentence goes on at `index`. */
export function isProse(text: string, index: number): boolean {
  PROSE.lastIndex = index;
  const word = PROSE.exec(text)?.[0];
  return word !== undefined && /^(?:$|[\s.,;:!?)'"\]}])/.test(text.slice(index + word.length, index + word.length + 1));
}

/** What an API says of a field instead of its value: `{"password": "must be longer"}`. */
export function isComplaint(value: string): boolean {
  return /^(?:is|must|was|has|required|invalid|missing|not|cannot|can't|doesn't|does|should|may)(?:$| [a-z][\w ,.'-]*$)/i.test(
    value,
  );
}

/** A word of a language, as far as its form tells. */
export function isPlainWord(word: string): boolean {
  return /^["'(]?[A-Z]?[a-z]{1,15}[.,;:!?)]?$/.test(word);
}

/** Values that are no secret though the name would make them one. */
export function isInnocent(ending: string, name: string, word: string, isColon: boolean): boolean {
  if (isPlaceholder(word)) return true;
  // Files that hold a secret, and other places to look for one.
  if (
    /^(?:~|\.{1,2}|\/(?:var|etc|run|tmp|home|root|usr|opt|mnt|secrets|keys|app|srv|workspace|github)\b)[/\\][\w./-]*$/.test(
      word,
    )
  )
    return true;
  if (/^(?:op|vault|secret|secrets|ref\+\w+|awssm|gcpsm|arn:aws):(?:\/\/|secretsmanager|ssm)/.test(word)) return true;
  // Counts of tests that pass.
  if (/^pass$/i.test(ending) && /^\d{1,6}$/.test(word)) return true;
  if (!isColon) return false;
  // An object of Kubernetes: `secret: namespace/name`.
  if (/^secret$/i.test(name) && /^[a-z0-9-]+\/[a-z0-9.-]+[a-z0-9]$/.test(word)) return true;
  // A reference to such an object, by its usual names.
  if (/secret$/i.test(ending) && REFERENCE.test(word) && (SECRET_OBJECT.test(name) || USUAL_OBJECT.test(word))) {
    return true;
  }
  if (/^signature$/i.test(ending) && /^(?:rsa|ecdsa|ed25519|hmac|sha\d|pgp|gpg|dsa)[\w-]*$/i.test(word)) return true;
  return /^(?:token|signature|cookie)$/i.test(ending) && /^\W{0,3}$/.test(word);
}

const REFERENCE = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;
const SECRET_OBJECT = /(?:existing|imagePull|pull|password|tls|ssh|ca|cert|registry|git)[-_]?secret$/i;
const USUAL_OBJECT = /[-.](?:creds?|credentials?|tls|secrets?|auth|keys?|certs?|tokens?|config|password)$/;
