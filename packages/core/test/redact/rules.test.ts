import { describe, expect, it } from "vitest";
import { redactText } from "../../src/index.js";
import { NAMED_VALUES, SENTENCES, VALUE } from "./forms.js";
import { leftOf, parseExample } from "./support.js";
import { TABLE } from "./table.js";

const examples = Object.entries(TABLE).flatMap(([rule, row]) =>
  row.examples.map((example) => [rule, example] as const),
);
const counterExamples = Object.entries(TABLE).flatMap(([rule, row]) =>
  row.counterExamples.map((example) => [rule, example] as const),
);

describe("the table of secrets", () => {
  it("has at least 150 secrets and 150 innocents", () => {
    expect(examples.length).toBeGreaterThanOrEqual(150);
    expect(counterExamples.length).toBeGreaterThanOrEqual(150);
  });

  it.each(examples)("%s: nothing is left of the secret in %j", (_, example) => {
    const { text, secrets } = parseExample(example);
    const redacted = redactText(text);
    expect(secrets.length).toBeGreaterThan(0);
    expect(secrets.map((secret) => leftOf(secret, redacted)).filter(Boolean), redacted).toEqual([]);
  });

  it.each(counterExamples)("%s: %j comes through unchanged", (_, text) => {
    expect(redactText(text)).toBe(text);
  });

  it.each(NAMED_VALUES)("nothing is left of the value in %j", (text) => {
    expect(redactText(text)).not.toMatch(VALUE);
  });

  it.each(SENTENCES)("%j comes through unchanged", (text) => {
    expect(redactText(text)).toBe(text);
  });
});
