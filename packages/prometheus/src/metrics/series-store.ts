import { type LabelLimits, OVERFLOW_LABEL_VALUE } from "../label-limits.js";
import type { SeriesSource } from "../series.js";
import { LabelSet } from "./label-set.js";

class Node<S> {
  readonly children = new Map<string, Node<S>>();
  series: S | undefined = undefined;
}

/** What a store is made of. */
export interface StoreOptions<S> {
  readonly metric: string;
  readonly labelNames: readonly string[];
  /** On every series. */
  readonly constantLabels: Readonly<Record<string, string>>;
  readonly limits: LabelLimits;
  /** Whether what is beyond a limit may share a series: sums may, and the last of several values means nothing. */
  readonly foldable: boolean;
  readonly create: (labels: LabelSet) => S;
  /** Called when all series were forgotten. */
  readonly onClear?: (() => void) | undefined;
}

/**
 * The recorded series of one metric, in a tree with one level for each label. Finding a series builds no key and no
 * object, and no label value, however hostile, can be taken for another.
 */
export class SeriesStore<S> implements SeriesSource<S> {
  readonly #options: StoreOptions<S>;
  #root = new Node<S>();

  constructor(options: StoreOptions<S>) {
    this.#options = options;
  }

  get labelNames(): readonly string[] {
    return this.#options.labelNames;
  }

  /**
   * Answers the series with these label values, which are in the order of `labelNames`; a new one the first time.
   * There is none where a limit is reached and the values can't share another's.
   */
  at(labelValues: readonly string[]): S | undefined {
    let node: Node<S> | undefined = this.#root;
    for (let index = 0; index < labelValues.length; index++) {
      node = node.children.get(labelValues[index] ?? "");
      if (node === undefined) return this.#atAdmitted(labelValues);
    }
    return node.series ?? this.#atAdmitted(labelValues);
  }

  remove(labelValues: readonly string[]): void {
    let node: Node<S> | undefined = this.#root;
    for (const value of labelValues) node = node?.children.get(value);
    if (node !== undefined) node.series = undefined;
  }

  /** Forgets all series whose first label has this value. */
  removeAllOf(firstLabelValue: string): void {
    this.#root.children.delete(firstLabelValue);
  }

  clear(): void {
    this.#root = new Node<S>();
    this.#options.onClear?.();
  }

  [Symbol.iterator](): IterableIterator<S> {
    return seriesBelow(this.#root);
  }

  #atAdmitted(labelValues: readonly string[]): S | undefined {
    const { metric, labelNames, constantLabels, limits, foldable, create } = this.#options;
    const admitted = labelNames.map((name, index) => limits.admit(name, labelValues[index] ?? ""));
    if (admitted.includes(OVERFLOW_LABEL_VALUE)) {
      limits.countDropped(metric);
      if (!foldable) return undefined;
    }
    let node = this.#root;
    for (const value of admitted) {
      let child = node.children.get(value);
      if (child === undefined) {
        child = new Node<S>();
        node.children.set(value, child);
      }
      node = child;
    }
    node.series ??= create(new LabelSet(labelNames, admitted, constantLabels));
    return node.series;
  }
}

function* seriesBelow<S>(node: Node<S>): IterableIterator<S> {
  if (node.series !== undefined) yield node.series;
  for (const child of node.children.values()) yield* seriesBelow(child);
}
