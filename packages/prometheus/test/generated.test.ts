import { describe, expect, it } from "vitest";
import { metricsReference } from "./metrics-reference.js";

const root = new URL("../../../", import.meta.url).pathname;

// After a change that is meant: pnpm test --project prometheus generated -u
describe("what is generated and committed", () => {
  it("docs/metrics.md is what the catalogue says", async () => {
    await expect(metricsReference()).toMatchFileSnapshot(`${root}docs/metrics.md`);
  });
});
