/** What stands where a secret stood, unless it can be left out altogether. */
export const REDACTED = "[redacted]";

/** A part of a text that must go, from one index up to another. */
export interface Cut {
  readonly from: number;
  readonly to: number;
  /** Leaves no mark: what goes is not missed, as the user information of a URL. */
  readonly silent?: boolean;
}

/** Where a rule reads. */
export interface Source {
  readonly text: string;
  /** The text goes on beyond its end: what is open there may be a secret. */
  readonly open: boolean;
}

/**
 * One kind of secret. Rules read the text as it came in, never what another rule has left, and all their cuts are made
 * at once. So no rule can hide a secret from another one.
 */
export interface Rule {
  /** Finds the secrets, from the start of the text to its end. */
  readonly find: (source: Source) => Iterable<Cut>;
  /** A text that this does not match has no secret of this kind. Looks at each character a bounded number of times. */
  readonly hint: RegExp;
  /** The most times that the rule looks at one character of any text, whatever the text is. */
  readonly cost: number;
}

/**
 * Returns a search for the next match of `pattern` at or after an index (`Infinity`: there is none). Asked in
 * ascending order, all searches together read the text once.
 */
export function nextMatch(text: string, pattern: RegExp): (from: number) => number {
  let found = -1;
  return (from) => {
    if (found < from) {
      pattern.lastIndex = from;
      found = pattern.exec(text)?.index ?? Number.POSITIVE_INFINITY;
    }
    return found;
  };
}

/** The match of the sticky `pattern` at `index`. */
export function matchAt(text: string, pattern: RegExp, index: number): RegExpExecArray | null {
  pattern.lastIndex = index;
  return pattern.exec(text);
}
