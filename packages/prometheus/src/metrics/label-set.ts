/** The labels of one series: made once, written at every scrape. */
export class LabelSet {
  /** Frozen; the same object at every scrape. */
  readonly labels: Readonly<Record<string, string>>;
  #text: string | undefined;

  constructor(names: readonly string[], values: readonly string[], constant: Readonly<Record<string, string>>) {
    const labels: Record<string, string> = {};
    for (const [index, name] of names.entries()) labels[name] = values[index] ?? "";
    this.labels = Object.freeze(Object.assign(labels, constant));
  }

  /** As between the braces of a sample, escaped. */
  get text(): string {
    this.#text ??= labelText(this.labels);
    return this.#text;
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
