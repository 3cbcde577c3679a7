import type { OptInLabel } from "@alumiini/core/metrics";
import * as grafana from "@grafana/grafana-foundation-sdk/dashboard";
import type { DashboardSpec } from "./panel.js";
import type { PanelQueries } from "./queries.js";

/** Chosen at the top of the dashboard. */
export const DATASOURCE = { type: "prometheus", uid: "$datasource" };

/** What surrounds the panels: variables, annotations and links. */
export interface Surroundings {
  readonly queries: PanelQueries;
  /** Label matchers of all queries, without those of the variables. */
  readonly selector: string;
  readonly optInLabels: readonly OptInLabel[];
  readonly alertNames: readonly string[];
  readonly runbookUrl: string;
  readonly historyUrl: string;
  readonly tracesUrl: string;
}

type Variable =
  | grafana.CustomVariableBuilder
  | grafana.DatasourceVariableBuilder
  | grafana.QueryVariableBuilder
  | grafana.TextBoxVariableBuilder;

/** What can be chosen at the top. */
export function variablesOf(spec: DashboardSpec, surroundings: Surroundings): readonly Variable[] {
  const { queries, selector, optInLabels, historyUrl, tracesUrl } = surroundings;
  const { by, repository } = queries.labels;
  const variables: Variable[] = [
    new grafana.DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"),
  ];
  for (const label of by) {
    // The one is always there; the other has the label where it is opted into.
    const isOptIn = label === "cluster" && optInLabels.includes("cluster");
    const metric = isOptIn ? "alumiini_cluster_info" : "alumiini_build_info";
    const series = `${metric}${selector === "" ? "" : `{${selector}}`}`;
    const variable = choice(label, `label_values(${series}, ${label})`);
    variables.push(variable.multi(true).includeAll(true).allValue(".*"));
  }
  if (spec.perRepository) {
    const info = queries.query.select("alumiini_sync_last_success_timestamp_seconds");
    variables.push(choice("repo", `label_values(${info}, repo_name)`));
    for (const label of repository.filter((label) => label !== "repo_name")) {
      const ofName = queries.query.select("alumiini_sync_last_success_timestamp_seconds", 'repo_name=~"$repo"');
      const variable = choice(label, `label_values(${ofName}, ${label})`);
      variables.push(variable.multi(true).includeAll(true).allValue(".*"));
    }
  }
  if (spec.grouped) {
    const labels = [...by, ...repository, "trigger"];
    variables.push(
      new grafana.CustomVariableBuilder("group")
        .label("group by")
        .values(labels.join(","))
        .current({ text: labels[0] ?? "", value: labels[0] ?? "" }),
    );
  }
  const address = (name: string, label: string, url: string) =>
    new grafana.TextBoxVariableBuilder(name).label(label).defaultValue(url).current({ text: url, value: url });
  return [...variables, address("history_url", "history", historyUrl), address("traces_url", "traces", tracesUrl)];
}

/** What happened beside the lines: alerts that fire, and deployments. */
export function annotationsOf(
  { perRepository }: DashboardSpec,
  { queries, alertNames }: Surroundings,
): readonly grafana.AnnotationQueryBuilder[] {
  const ofRepository = perRepository ? ',repo_name=~"$repo"' : "";
  const alerts = `alertstate="firing",alertname=~"${alertNames.join("|")}"${queries.chosen}${perRepository ? ',repo_name=~"$repo|"' : ""}`;
  const deployed = queries.eachIncrease("alumiini_deployments_total", "2m", ofRepository.slice(1));
  return [
    new grafana.AnnotationQueryBuilder()
      .name("Alerts")
      .datasource(DATASOURCE)
      .enable(true)
      .iconColor("red")
      .expr(`ALERTS{${alerts}}`)
      .step("60s")
      .titleFormat("{{alertname}}")
      .textFormat(`${queries.installation} {{repo_name}}{{sink}}`)
      .tagKeys("severity"),
    new grafana.AnnotationQueryBuilder()
      .name("Deployments")
      .datasource(DATASOURCE)
      // Those of a whole fleet are too many to be seen unless asked for.
      .enable(perRepository)
      .iconColor("blue")
      .expr(`round(${deployed}) > 0`)
      .step("120s")
      .titleFormat("{{repo_name}} deployed")
      .textFormat(queries.installation),
  ];
}

/** Where to go on: the other dashboards, the runbooks, the history, the traces. */
export function linksOf({ runbookUrl }: Surroundings): readonly grafana.DashboardLinkBuilder[] {
  const url = (title: string, address: string) =>
    new grafana.DashboardLinkBuilder(title)
      .type(grafana.DashboardLinkType.Link)
      .icon("external link")
      .url(address)
      .targetBlank(true);
  return [
    new grafana.DashboardLinkBuilder("ALUMIINI")
      .type(grafana.DashboardLinkType.Dashboards)
      .tags(["alumiini"])
      .asDropdown(false)
      .includeVars(true)
      .keepTime(true),
    url("Runbooks", runbookUrl),
    url("History", "$history_url"),
    url("Traces", "$traces_url"),
  ];
}

function choice(name: string, query: string): grafana.QueryVariableBuilder {
  return new grafana.QueryVariableBuilder(name)
    .label(name)
    .datasource(DATASOURCE)
    .query(query)
    .refresh(grafana.VariableRefresh.OnTimeRangeChanged)
    .sort(grafana.VariableSort.AlphabeticalAsc);
}
