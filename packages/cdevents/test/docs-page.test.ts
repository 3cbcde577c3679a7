import { join } from "node:path";
import { expect, it } from "vitest";
import { docsPage } from "./support/docs-page.js";

it("docs/cdevents.md shows what the encoder makes", async () => {
  await expect(docsPage()).toMatchFileSnapshot(join(import.meta.dirname, "../../../docs/cdevents.md"));
});
