/** The labels of one series: written at every scrape, and made only in the form that is asked for. */
export class LabelSet {
  readonly #names: readonly string[];
  readonly #values: readonly string[];
  readonly #constant: Readonly<Record<string, string>>;
  #labels: Readonly<Record<string, string>> | undefined;
  #text: string | undefined;

  /** Keeps the arrays: they must not change afterwards. */
  constructor(names: readonly string[], values: readonly string[], constant: Readonly<Record<string, string>>) {
    this.#names = names;
    this.#values = values;
    this.#constant = constant;
  }

  /** Frozen; the same object at every scrape. */
  get labels(): Readonly<Record<string, string>> {
    this.#labels ??= Object.freeze(this.#make());
    return this.#labels;
  }

  /** As between the braces of a sample, escaped. */
  get text(): string {
    this.#text ??= labelText(this.#labels ?? this.#make());
    return this.#text;
  }

  #make(): Record<string, string> {
    const labels: Record<string, string> = {};
    for (const [index, name] of this.#names.entries()) labels[name] = this.#values[index] ?? "";
    return Object.assign(labels, this.#constant);
  }
}

/** Labels as between the braces of a sample. */
export function labelText(labels: Readonly<Record<string, string | number>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabelValue(String(value))}"`)
    .join(",");
}

function escapeLabelValue(value: string): string {
  return /["\\\n]/.test(value) ? value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"') : value;
}
