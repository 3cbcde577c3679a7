import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { RUNBOOK_BASE_URL, ruleGroups } from "../src/rules/index.js";

const directory = new URL("../../../docs/runbooks", import.meta.url).pathname;
const alerts = ruleGroups().flatMap(({ rules }) => rules.flatMap((rule) => ("alert" in rule ? [rule] : [])));
const names = [...new Set(alerts.map(({ alert }) => alert))];

describe("the runbooks", () => {
  it("are where the alerts say, one for each", () => {
    const linked = new Set(alerts.map(({ annotations }) => annotations.runbook_url));
    expect([...linked]).toEqual(names.map((name) => `${RUNBOOK_BASE_URL}/${name}.md`));
    expect(readdirSync(directory).sort()).toEqual([...names.map((name) => `${name}.md`), "README.md"].sort());
  });

  it.each(names)("%s has meaning, impact, diagnosis with queries, and mitigation", (name) => {
    const text = readFileSync(join(directory, `${name}.md`), "utf8");
    const headings = text.match(/^#+ .*$/gm);
    expect(headings).toEqual([`# ${name}`, "## Meaning", "## Impact", "## Diagnosis", "## Mitigation"]);
    expect(text).toContain("```promql\n");
    for (const section of text.split(/^## .*$/m).slice(1)) expect(section.trim()).not.toBe("");
    for (const [, target = ""] of text.matchAll(/\]\(([^)]+\.md)\)/g)) {
      expect(existsSync(join(directory, target)), target).toBe(true);
    }
  });
});
