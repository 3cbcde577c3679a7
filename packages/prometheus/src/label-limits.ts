import { ERROR_TYPES } from "@alumiini/core";
import { OTHER_ERROR_TYPE, UNKNOWN_LABEL_VALUE } from "@alumiini/core/metrics";

/** Stands for the values of a label beyond its limit. */
export const OVERFLOW_LABEL_VALUE = "_other";

/** Halves of a character outside the basic plane, which UTF-8 can't encode. */
const LONE_SURROGATES = /\p{Surrogate}/gu;

/** What the limits are made of. */
export interface LimitOptions {
  /** Distinct values of a label that names nothing of a repository: kinds, caches, queues. */
  readonly maxLabelValues: number;
  /** Distinct values of the labels that every repository may have its own of. */
  readonly maxRepositories: number;
  /** Error types kept apart beyond those of the catalogue. */
  readonly errorTypes: readonly string[];
  /** Values that the catalogue names, by label: they are always kept. */
  readonly closed: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether a repository of this name gets series of its own; makes room for it where there is any. */
  readonly admitRepository: (name: string) => boolean;
}

/**
 * Bounds the number of series: the first values of a label are kept, across all metrics alike, and every other one
 * becomes {@link OVERFLOW_LABEL_VALUE}. Sums over all values so stay right.
 */
export class LabelLimits {
  readonly #options: LimitOptions;
  readonly #errorTypes: ReadonlySet<string>;
  readonly #admitted = new Map<string, Set<string>>();
  readonly #dropped = new Map<string, number>();

  constructor(options: LimitOptions) {
    this.#options = options;
    this.#errorTypes = new Set([...ERROR_TYPES, OTHER_ERROR_TYPE, UNKNOWN_LABEL_VALUE, ...options.errorTypes]);
  }

  /** Answers the value to use as the label's. */
  admit(labelName: string, value: string): string {
    if (labelName === "error_type") return this.#errorTypes.has(value) ? value : OTHER_ERROR_TYPE;
    if (this.#options.closed.get(labelName)?.has(value)) return value;
    const text = wellFormed(value);
    if (labelName === "repo_name") return this.#options.admitRepository(text) ? text : OVERFLOW_LABEL_VALUE;
    let admitted = this.#admitted.get(labelName);
    if (admitted === undefined) {
      admitted = new Set();
      this.#admitted.set(labelName, admitted);
    }
    if (admitted.has(text)) return text;
    const { maxLabelValues, maxRepositories } = this.#options;
    const limit = labelName === "repo_namespace" || labelName === "branch" ? maxRepositories : maxLabelValues;
    if (admitted.size >= limit) return OVERFLOW_LABEL_VALUE;
    admitted.add(text);
    return text;
  }

  /** Counts a recording that got no series of its own. */
  countDropped(metric: string): void {
    this.#dropped.set(metric, (this.#dropped.get(metric) ?? 0) + 1);
  }

  /** Recordings that got no series of their own, by metric. */
  get dropped(): ReadonlyMap<string, number> {
    return this.#dropped;
  }
}

/** The text with what UTF-8 can't hold replaced. */
export function wellFormed(text: string): string {
  return text.replace(LONE_SURROGATES, "\uFFFD");
}
