import type { LabelLimits } from "./label-limits.js";

/** The label names and values of one series. Frozen; the same object at every scrape. */
export type SeriesLabels = Readonly<Record<string, string>>;

class Node<S> {
  readonly children = new Map<string, Node<S>>();
  series: S | undefined = undefined;
}

/**
 * The series of one metric, in a tree with one level for each label. Finding a series builds no key and no object, and
 * no label value, however hostile, can be taken for another.
 */
export class SeriesStore<S extends { readonly labels: SeriesLabels }> {
  readonly labelNames: readonly string[];
  readonly #limits: LabelLimits;
  readonly #create: (labels: SeriesLabels) => S;
  readonly #all = new Set<S>();
  #root = new Node<S>();

  constructor(labelNames: readonly string[], limits: LabelLimits, create: (labels: SeriesLabels) => S) {
    this.labelNames = labelNames;
    this.#limits = limits;
    this.#create = create;
  }

  /** Answers the series with these label values, which are in the order of `labelNames`; a new one the first time. */
  at(labelValues: readonly string[]): S {
    let node: Node<S> | undefined = this.#root;
    for (const value of labelValues) {
      node = node.children.get(value);
      if (node === undefined) return this.#atAdmitted(labelValues);
    }
    return node.series ?? this.#atAdmitted(labelValues);
  }

  /** Forgets the series with these label values; does nothing where there is none. */
  remove(labelValues: readonly string[]): void {
    let node: Node<S> | undefined = this.#root;
    for (const value of labelValues) node = node?.children.get(value);
    if (node?.series === undefined) return;
    this.#all.delete(node.series);
    node.series = undefined;
  }

  clear(): void {
    this.#all.clear();
    this.#root = new Node<S>();
  }

  /** The series, oldest first. */
  [Symbol.iterator](): IterableIterator<S> {
    return this.#all.values();
  }

  #atAdmitted(labelValues: readonly string[]): S {
    const labels: Record<string, string> = {};
    let node = this.#root;
    for (const [index, labelName] of this.labelNames.entries()) {
      const value = this.#limits.admit(labelName, labelValues[index] ?? "");
      labels[labelName] = value;
      let child = node.children.get(value);
      if (child === undefined) {
        child = new Node<S>();
        node.children.set(value, child);
      }
      node = child;
    }
    if (node.series === undefined) {
      node.series = this.#create(Object.freeze(labels));
      this.#all.add(node.series);
    }
    return node.series;
  }
}
