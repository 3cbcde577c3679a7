import { type LabelLimits, NO_ERROR, OTHER_ERROR_TYPE, UNKNOWN_LABEL_VALUE } from "@alumiini/core/metrics";
import type { Attributes } from "@opentelemetry/api";

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
 * Returns the attributes for label values, the same object for the same values: it is made once, and its values are
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

  /** Forgets the sets with this value of the first label. */
  forget(firstLabelValue: string): void {
    forgetBelow(this.#root, firstLabelValue, this.#labels.length - 1);
  }

  #make(labelValues: readonly string[]): Attributes {
    const attributes: Attributes = { ...this.#constant };
    let branch: Branch | undefined = this.#root;
    for (const [index, { label, attribute }] of [...this.#labels.entries()].reverse()) {
      const value = labelValues[index] ?? "";
      const admitted = value === "" ? value : this.#limits.admit(label, value);
      const shown = label === "error_type" ? errorTypeAttribute(admitted) : admitted;
      if (shown !== undefined && shown !== "") attributes[attribute] = shown;
      branch = admitted === value ? branch && grow(branch, value) : undefined;
    }
    if (branch !== undefined) branch.attributes = attributes;
    return attributes;
  }
}

/**
 * The conventions have a word of their own for an error type that is not known or not kept apart; what succeeded has no
 * such attribute.
 */
export function errorTypeAttribute(value: string): string | undefined {
  if (value === NO_ERROR) return undefined;
  return value === OTHER_ERROR_TYPE || value === UNKNOWN_LABEL_VALUE ? "_OTHER" : value;
}

function grow(branch: Branch, value: string): Branch {
  branch.branches ??= new Map();
  const known = branch.branches.get(value);
  if (known !== undefined) return known;
  const created: Branch = { branches: undefined, attributes: undefined };
  branch.branches.set(value, created);
  return created;
}

function forgetBelow(branch: Branch, value: string, depth: number): void {
  if (depth <= 0) branch.branches?.delete(value);
  else for (const below of branch.branches?.values() ?? []) forgetBelow(below, value, depth - 1);
}
