/** Stands for the values of a label beyond its limit. */
export const OVERFLOW_LABEL_VALUE = "_other";

/** Distinct values of a label that names no repository: kinds, error types, caches. */
const MAX_VALUES = 100;

/** Halves of a character outside the basic plane, which UTF-8 can't encode. */
const LONE_SURROGATES = /\p{Surrogate}/gu;

/**
 * Bounds the number of series: the first `limit` values of a label are kept, across all metrics alike, and every other
 * one becomes {@link OVERFLOW_LABEL_VALUE}. Sums over all repositories so stay right.
 */
export class LabelLimits {
  readonly maxRepositories: number;
  readonly #admitted = new Map<string, Set<string>>();

  constructor(maxRepositories: number) {
    this.maxRepositories = maxRepositories;
  }

  /** Answers the value to use as the label's. */
  admit(labelName: string, value: string): string {
    const text = value.replace(LONE_SURROGATES, "\uFFFD");
    let admitted = this.#admitted.get(labelName);
    if (admitted === undefined) {
      admitted = new Set();
      this.#admitted.set(labelName, admitted);
    }
    if (admitted.has(text)) return text;
    if (admitted.size >= (labelName === "repo_name" ? this.maxRepositories : MAX_VALUES)) return OVERFLOW_LABEL_VALUE;
    admitted.add(text);
    return text;
  }
}
