import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toWire } from "../../src/index.js";
import { sampleEvents } from "../../src/testing/index.js";
import { wireSchema } from "../../src/wire/schema.js";
import { ajv } from "../ajv.js";
import { anyEvent } from "../arbitraries.js";

/** Written anew by `vitest run --project core -u`; the formatter leaves it alone. */
const SHIPPED = "../../schema/alumiini-event.schema.json";

describe("the JSON Schema", () => {
  it("is the one that is shipped", async () => {
    await expect(`${JSON.stringify(wireSchema(), null, 2)}\n`).toMatchFileSnapshot(SHIPPED);
  });

  it("takes every event in its wire form", () => {
    const shipped = JSON.parse(readFileSync(new URL(SHIPPED, import.meta.url), "utf8"));
    const validate = ajv().compile(shipped);
    for (const event of sampleEvents()) expect([validate(toWire(event)), validate.errors]).toEqual([true, null]);
    fc.assert(fc.property(anyEvent, (event) => validate(JSON.parse(JSON.stringify(toWire(event))))));
  });
});
