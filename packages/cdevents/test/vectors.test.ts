import { describe, expect, it } from "vitest";
import { DEFINITIONS, fromCloudEvent, parseCdevent, toCloudEvent, toMessage } from "../src/index.js";
import { officialOrSkip } from "./support/official.js";

describe("the official example events", () => {
  it("are all there, one for each type that we know and one custom, in both versions", (context) => {
    const { vectors } = officialOrSkip(context);
    expect(vectors).toHaveLength(2 * (DEFINITIONS.length + 1));
    const names = vectors.map(({ text, version }) => {
      const parsed = parseCdevent(text);
      return parsed.ok
        ? `${parsed.specversion} ${parsed.name}`
        : `refused: ${version} ${JSON.stringify(parsed.errors)}`;
    });
    const expected = ["0.4.1", "0.5.1"].flatMap((version) =>
      [...DEFINITIONS.map(({ name }) => name), "custom"].map((name) => `${version} ${name}`),
    );
    expect(names.sort()).toEqual(expected.sort());
  });

  it("come through parsing unchanged", (context) => {
    for (const { text } of officialOrSkip(context).vectors) {
      expect(parseCdevent(text)).toMatchObject({ ok: true, event: JSON.parse(text) });
    }
  });

  it.for(["structured", "binary"] as const)("come through CloudEvents unchanged, in %s mode", (mode, context) => {
    for (const { text } of officialOrSkip(context).vectors) {
      const parsed = parseCdevent(text);
      if (!parsed.ok) throw new Error(`refused: ${text}`);
      expect(fromCloudEvent(toMessage(toCloudEvent(parsed.event), mode))).toEqual(parsed);
    }
  });
});
