import type { Attributes } from "@opentelemetry/api";
import type { LabelLimits } from "./label-limits.js";

/** A label of the catalogue, and the attribute that it becomes. */
export interface LabelAttribute {
  readonly label: string;
  readonly attribute: string;
}

/** Sets by the value of one label; at the last label, the attributes themselves. */
interface Branch {
  readonly branches: Map<string, Branch>;
  attributes?: Attributes;
}

/**
 * Answers the attributes for label values, the same object for the same values: it is made once, and its values are
 * held to their limits once. Only sets within the limits are kept, so that there are no more of them than of series.
 */
export class AttributeSets {
  readonly #labels: readonly LabelAttribute[];
  readonly #limits: LabelLimits;
  readonly #constant: Attributes;
  readonly #root: Branch = { branches: new Map() };

  constructor(labels: readonly LabelAttribute[], limits: LabelLimits, constant: Attributes = {}) {
    this.#labels = labels;
    this.#limits = limits;
    this.#constant = constant;
  }

  /** Values that are empty have no attribute. */
  of(labelValues: readonly string[]): Attributes {
    let branch: Branch | undefined = this.#root;
    for (const value of labelValues) {
      branch = branch.branches.get(value);
      if (branch === undefined) return this.#make(labelValues);
    }
    return branch.attributes ?? this.#make(labelValues);
  }

  #make(labelValues: readonly string[]): Attributes {
    const attributes: Attributes = { ...this.#constant };
    let branch: Branch | undefined = this.#root;
    for (const [index, { label, attribute }] of this.#labels.entries()) {
      const value = labelValues[index] ?? "";
      const admitted = value === "" ? value : this.#limits.admit(label, value);
      if (admitted !== "") attributes[attribute] = admitted;
      branch = admitted === value ? branch && grow(branch, value) : undefined;
    }
    if (branch !== undefined) branch.attributes = attributes;
    return attributes;
  }
}

function grow({ branches }: Branch, value: string): Branch {
  const known = branches.get(value);
  if (known !== undefined) return known;
  const created: Branch = { branches: new Map() };
  branches.set(value, created);
  return created;
}
