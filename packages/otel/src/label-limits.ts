import { ERROR_TYPES } from "@alumiini/core";

/** Stands for repositories, kinds, caches and queues beyond their limit. */
export const OVERFLOW = "_other";
/** The conventions' word for an error type that metrics don't keep apart. */
const OTHER_ERROR = "_OTHER";
/** Values of attributes that name nothing of a repository. */
const MAX_VALUES = 200;

/**
 * Bounds the attributes of metrics: the first values of each are kept, for all metrics alike, and every later one shares
 * a value with the others. Sums over all of them stay right.
 */
export class LabelLimits {
  readonly #maxRepositories: number;
  readonly #errorTypes: ReadonlySet<string>;
  readonly #admitted = new Map<string, Set<string>>();

  constructor(maxRepositories: number, errorTypes: readonly string[]) {
    this.#maxRepositories = maxRepositories;
    this.#errorTypes = new Set([...ERROR_TYPES, ...errorTypes]);
  }

  /** Whether the value has been admitted as itself. */
  knows(label: string, value: string): boolean {
    return this.#admitted.get(label)?.has(value) ?? false;
  }

  /** Answers the value to use in place of this one. */
  admit(label: string, value: string): string {
    if (value === OVERFLOW) return value;
    if (label === "error_type") return this.#errorTypes.has(value) ? value : OTHER_ERROR;
    let admitted = this.#admitted.get(label);
    if (admitted === undefined) {
      admitted = new Set();
      this.#admitted.set(label, admitted);
    }
    if (admitted.has(value)) return value;
    const perRepository = label === "repo_name" || label === "namespace" || label === "branch";
    if (admitted.size >= (perRepository ? this.#maxRepositories : MAX_VALUES)) return OVERFLOW;
    admitted.add(value);
    return value;
  }
}
