import { ERROR_TYPES } from "../event/vocabulary.js";
import { OTHER_ERROR_TYPE } from "./catalogue/shared.js";
import { UNKNOWN_LABEL_VALUE } from "./compile.js";
import type { MetricDefinition } from "./definition.js";

/** The label value that everything beyond a limit shares. */
export const OVERFLOW_LABEL_VALUE = "_other";

/** The limits that a metrics backend has by default. */
export const DEFAULT_LABEL_LIMITS = { maxRepositories: 5000, maxLabelValues: 100 } as const;

/** The largest number of error types that a backend may be told to keep apart. */
export const MAX_ERROR_TYPES = 100;

/** What the limits are made of. */
export interface LabelLimitOptions {
  /** Repositories that have series of their own: 1 or more. */
  readonly maxRepositories: number;
  /** Distinct values of each label that is not about a repository, such as kinds, caches and queues: 1 or more. */
  readonly maxLabelValues: number;
  /** Error types that are kept apart beyond those of the catalogue. */
  readonly errorTypes: readonly string[];
  /** The metrics: values that they name themselves are always kept. */
  readonly definitions: readonly MetricDefinition[];
  /** Whether a repository of this name has series of its own. */
  readonly isKnownName: (name: string) => boolean;
}

/** Labels that each repository may have a value of its own of. */
const PER_REPOSITORY: ReadonlySet<string> = new Set(["repo_namespace", "namespace", "branch"]);

/**
 * Bounds the number of series. The first values of a label are kept, for all metrics alike; every later one becomes
 * {@link OVERFLOW_LABEL_VALUE}, so that sums over all values stay right. Error types are a closed list: any other one
 * becomes `other`.
 */
export class LabelLimits {
  readonly #options: LabelLimitOptions;
  readonly #errorTypes: ReadonlySet<string>;
  readonly #named: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #admitted = new Map<string, Set<string>>();
  readonly #dropped = new Map<string, number>();

  constructor(options: LabelLimitOptions) {
    this.#options = options;
    this.#errorTypes = new Set([...ERROR_TYPES, OTHER_ERROR_TYPE, UNKNOWN_LABEL_VALUE, ...options.errorTypes]);
    this.#named = valuesNamedBy(options.definitions);
  }

  /** Returns the value to use in place of this one. */
  admit(label: string, value: string): string {
    if (value === OVERFLOW_LABEL_VALUE || this.#named.get(label)?.has(value)) return value;
    if (label === "error_type") return this.#errorTypes.has(value) ? value : OTHER_ERROR_TYPE;
    // UTF-8 can't encode half a surrogate pair.
    const text = value.toWellFormed();
    if (label === "repo_name") return this.#options.isKnownName(text) ? text : OVERFLOW_LABEL_VALUE;
    let admitted = this.#admitted.get(label);
    if (admitted === undefined) {
      admitted = new Set();
      this.#admitted.set(label, admitted);
    }
    if (admitted.has(text)) return text;
    const { maxRepositories, maxLabelValues } = this.#options;
    if (admitted.size >= (PER_REPOSITORY.has(label) ? maxRepositories : maxLabelValues)) return OVERFLOW_LABEL_VALUE;
    admitted.add(text);
    return text;
  }

  /** Counts one recording of the metric that got no series of its own. */
  countDropped(metric: string): void {
    this.#dropped.set(metric, (this.#dropped.get(metric) ?? 0) + 1);
  }

  /** Recordings that got no series of their own, by metric. */
  get dropped(): ReadonlyMap<string, number> {
    return this.#dropped;
  }
}

/** The label values that the definitions give series of their own from the beginning. */
function valuesNamedBy(definitions: readonly MetricDefinition[]): ReadonlyMap<string, ReadonlySet<string>> {
  const named = new Map<string, Set<string>>();
  for (const definition of definitions) {
    if (definition.kind !== "counter") continue;
    for (const [label, values] of Object.entries(definition.initial ?? {})) {
      named.set(label, new Set([...(named.get(label) ?? []), ...values]));
    }
  }
  return named;
}
