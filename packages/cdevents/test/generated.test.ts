import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { generate, TARGET } from "../scripts/generate.js";
import { officialOrSkip } from "./support/official.js";

it("the generated files are what the official schemas make them", (context) => {
  const { directory } = officialOrSkip(context);
  const committed = readdirSync(TARGET).map((name) => [name, readFileSync(join(TARGET, name), "utf8")]);
  expect(Object.fromEntries(committed)).toEqual(Object.fromEntries(generate(directory)));
});
