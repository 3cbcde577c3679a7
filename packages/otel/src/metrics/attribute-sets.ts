import type { Attributes } from "@opentelemetry/api";
import type { LabelLimits } from "../label-limits.js";

/** A label of the catalogue, and the attribute that it becomes. */
export interface LabelAttribute {
  readonly label: string;
  readonly attribute: string;
}

/** Sets by the value of one label; after the first label, the attributes themselves. */
interface Branch {
  // Both are always there, so that all branches have one shape.
  branches: Map<string, Branch> | undefined;
  attributes: Attributes | undefined;
}

/**
 * Answers the attributes for label values, the same object for the same values: it is made once, and its values are
 * held to their limits once. Only sets within the limits are kept, so that there are no more of them than of series.
 *
 * They are found by the last label first: definitions name the repository first, and so all but one of the maps on the
 * way are small and the same for all repositories.
 */
export class AttributeSets {
  readonly #labels: readonly LabelAttribute[];
  readonly #limits: LabelLimits;
  readonly #constant: Attributes;
  readonly #root: Branch = { branches: undefined, attributes: undefined };

  constructor(labels: readonly LabelAttribute[], limits: LabelLimits, constant: Attributes = {}) {
    this.#labels = labels;
    this.#limits = limits;
    this.#constant = constant;
  }

  /** Values that are empty have no attribute. */
  of(labelValues: readonly string[]): Attributes {
    let branch: Branch | undefined = this.#root;
    for (let index = labelValues.length - 1; index >= 0 && branch !== undefined; index--) {
      branch = branch.branches?.get(labelValues[index] ?? "");
    }
    return branch?.attributes ?? this.#make(labelValues);
  }

  #make(labelValues: readonly string[]): Attributes {
    const attributes: Attributes = { ...this.#constant };
    let branch: Branch | undefined = this.#root;
    for (const [index, { label, attribute }] of [...this.#labels.entries()].reverse()) {
      const value = labelValues[index] ?? "";
      const admitted = value === "" ? value : this.#limits.admit(label, value);
      if (admitted !== "") attributes[attribute] = admitted;
      branch = admitted === value ? branch && grow(branch, value) : undefined;
    }
    if (branch !== undefined) branch.attributes = attributes;
    return attributes;
  }
}

function grow(branch: Branch, value: string): Branch {
  branch.branches ??= new Map();
  const known = branch.branches.get(value);
  if (known !== undefined) return known;
  const created: Branch = { branches: undefined, attributes: undefined };
  branch.branches.set(value, created);
  return created;
}
