import { describe, expect, it } from "vitest";
import { dashboards } from "../src/dashboards/index.js";
import { prometheusRuleYaml, ruleGroups, rulesYaml, serviceMonitorYaml } from "../src/rules/index.js";
import { alertsDocument } from "./fleet/alerts-document.js";
import { metricsReference } from "./metrics-reference.js";

const root = new URL("../../../", import.meta.url).pathname;
const generated = new URL("../generated/", import.meta.url).pathname;

// After a change that is meant: pnpm test --project prometheus generated -u
describe("what is generated and committed", () => {
  it("docs/metrics.md is what the catalogue says", async () => {
    await expect(metricsReference()).toMatchFileSnapshot(`${root}docs/metrics.md`);
  });

  it("docs/alerts.md is what the rules and the scenarios say", async () => {
    await expect(alertsDocument()).toMatchFileSnapshot(`${root}docs/alerts.md`);
  });

  it("the rules are what the objectives say", async () => {
    await expect(rulesYaml(ruleGroups())).toMatchFileSnapshot(`${generated}rules.yaml`);
    await expect(prometheusRuleYaml(ruleGroups())).toMatchFileSnapshot(`${generated}prometheus-rule.yaml`);
    await expect(serviceMonitorYaml()).toMatchFileSnapshot(`${generated}service-monitor.yaml`);
  });

  it("the dashboards are what the catalogue and the objectives say", async () => {
    for (const [name, text] of Object.entries(dashboards())) {
      await expect(text).toMatchFileSnapshot(`${generated}dashboards/${name}`);
    }
  });
});
