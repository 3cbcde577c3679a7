import { type LabelLimits, OVERFLOW_LABEL_VALUE } from "@alumiini/core/metrics";
import type { Exemplar } from "./exemplars.js";
import { LabelSet } from "./label-set.js";

/** One series of a counter or a gauge. */
export interface NumberSeries {
  readonly labels: LabelSet;
  value: number;
  exemplar?: Exemplar;
}

/** One series of a histogram. */
export interface HistogramSeries {
  readonly labels: LabelSet;
  /** Observations by bucket, each counted in one bucket only; the last is the infinite one. */
  readonly counts: readonly number[];
  readonly sum: number;
  /** The newest of each bucket. */
  readonly exemplars?: readonly (Exemplar | undefined)[];
}

/** Where the series of a metric come from at a scrape. */
export interface SeriesSource<S> extends Iterable<S> {
  readonly labelNames: readonly string[];
  /** Forgets all series; those that are read come again. */
  clear(): void;
  /** Forgets the series with these label values, which are in the order of `labelNames`. */
  remove(labelValues: readonly string[]): void;
}

/** Series that are made anew at each scrape from what somebody else keeps. */
export function readSeries<S>(labelNames: readonly string[], read: () => Iterable<S>): SeriesSource<S> {
  return { labelNames, clear() {}, remove() {}, [Symbol.iterator]: () => read()[Symbol.iterator]() };
}

class Node<S> {
  /** By the value of the next label. Most nodes are leaves: an empty map for each would be half of all memory. */
  children: Map<string, Node<S>> | undefined = undefined;
  series: S | undefined = undefined;
  /** Whether the series is the one of all that is beyond a limit. */
  isShared = false;
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
   * Returns the series to record a value in, for label values in the order of `labelNames`: a new one the first time.
   * Where a limit is reached it is the one that all others share, or none where they can't share, and the value counts as
   * dropped.
   */
  at(labelValues: readonly string[]): S | undefined {
    const node = this.#find(labelValues);
    if (node !== undefined && !node.isShared) return node.series;
    const admitted = this.#admit(labelValues);
    if (!admitted.includes(OVERFLOW_LABEL_VALUE)) return this.#create(admitted).series;
    const { limits, metric, foldable } = this.#options;
    limits.countDropped(metric);
    return foldable ? (this.#find(admitted) ?? this.#create(admitted)).series : undefined;
  }

  /** Makes sure that there is a series with these label values; what is beyond a limit has none of its own. */
  begin(labelValues: readonly string[]): void {
    if (this.#find(labelValues) !== undefined) return;
    const admitted = this.#admit(labelValues);
    if (!admitted.includes(OVERFLOW_LABEL_VALUE)) this.#create(admitted);
  }

  has(labelValues: readonly string[]): boolean {
    return this.#find(labelValues) !== undefined;
  }

  remove(labelValues: readonly string[]): void {
    let node: Node<S> | undefined = this.#root;
    for (const value of labelValues) node = node?.children?.get(value);
    if (node !== undefined) node.series = undefined;
  }

  /** Forgets the series with these values of these labels, whatever their other labels are. */
  removeAllOf(values: ReadonlyMap<string, string>): void {
    removeBelow(
      this.#root,
      this.labelNames.map((name) => values.get(name)),
      0,
    );
  }

  clear(): void {
    this.#root = new Node<S>();
    this.#options.onClear?.();
  }

  [Symbol.iterator](): IterableIterator<S> {
    return seriesBelow(this.#root);
  }

  #find(labelValues: readonly string[]): Node<S> | undefined {
    let node: Node<S> | undefined = this.#root;
    for (let index = 0; index < labelValues.length; index++) {
      node = node.children?.get(labelValues[index] ?? "");
      if (node === undefined) return undefined;
    }
    return node.series === undefined ? undefined : node;
  }

  #admit(labelValues: readonly string[]): readonly string[] {
    const { labelNames, limits } = this.#options;
    return labelNames.map((name, index) => limits.admit(name, labelValues[index] ?? ""));
  }

  #create(admitted: readonly string[]): Node<S> {
    const { labelNames, constantLabels, create } = this.#options;
    let node = this.#root;
    for (const value of admitted) {
      node.children ??= new Map();
      let child = node.children.get(value);
      if (child === undefined) {
        child = new Node<S>();
        node.children.set(value, child);
      }
      node = child;
    }
    node.series ??= create(new LabelSet(labelNames, admitted, constantLabels));
    node.isShared = admitted.includes(OVERFLOW_LABEL_VALUE);
    return node;
  }
}

function* seriesBelow<S>(node: Node<S>): IterableIterator<S> {
  if (node.series !== undefined) yield node.series;
  for (const child of node.children?.values() ?? []) yield* seriesBelow(child);
}

/** Removes what has the wanted values from `depth` on; `undefined` stands for any value. */
function removeBelow<S>(node: Node<S>, wanted: readonly (string | undefined)[], depth: number): void {
  if (depth === wanted.length) node.series = undefined;
  const value = wanted[depth];
  for (const [key, child] of value === undefined ? (node.children ?? []) : childAt(node, value)) {
    removeBelow(child, wanted, depth + 1);
    if (child.series === undefined && (child.children?.size ?? 0) === 0) node.children?.delete(key);
  }
}

function childAt<S>(node: Node<S>, value: string): readonly (readonly [string, Node<S>])[] {
  const child = node.children?.get(value);
  return child === undefined ? [] : [[value, child]];
}
