import * as common from "@grafana/grafana-foundation-sdk/common";
import * as grafana from "@grafana/grafana-foundation-sdk/dashboard";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as table from "@grafana/grafana-foundation-sdk/table";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import type { DashboardSpec, Panel } from "./panel.js";

/** Chosen at the top of the dashboard. */
const DATASOURCE = { type: "prometheus", uid: "$datasource" };
const HEIGHTS = { stat: 4, lines: 8, stacked: 8, table: 8 } as const;
const COLUMNS = 24;

/** What the variables at the top offer to choose from: each label's values among these series. */
export interface VariableOptions {
  /** Labels that tell installations apart. */
  readonly by: readonly string[];
  /** Label matchers of all queries, without those of the variables. */
  readonly selector: string;
}

/** The dashboard as Grafana imports it. */
export function buildDashboard(spec: DashboardSpec, { by, selector }: VariableOptions): grafana.Dashboard {
  const matchers = [selector, ...by.map((label) => `${label}=~"$${label}"`)].filter((part) => part !== "").join(",");
  const dashboard = new grafana.DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags(["alumiini", "gitops"])
    .editable()
    .refresh("30s")
    .time({ from: "now-6h", to: "now" })
    .tooltip(grafana.DashboardCursorSync.Crosshair)
    .withVariable(new grafana.DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"));
  for (const label of by) {
    const series = `alumiini_build_info${selector === "" ? "" : `{${selector}}`}`;
    dashboard.withVariable(
      choice(label, `label_values(${series}, ${label})`).multi(true).includeAll(true).allValue(".*"),
    );
  }
  if (spec.perRepository) {
    dashboard.withVariable(choice("repo", `label_values(alumiini_repo_info{${matchers}}, repo_name)`));
  }
  let id = 1;
  let y = 0;
  for (const row of spec.rows) {
    dashboard.withRow(new grafana.RowBuilder(row.title).id(id++).gridPos({ x: 0, y, w: COLUMNS, h: 1 }));
    y++;
    let x = 0;
    let height = 0;
    for (const panel of row.panels) {
      if (x + panel.width > COLUMNS) {
        y += height;
        x = 0;
        height = 0;
      }
      const h = HEIGHTS[panel.kind];
      dashboard.withPanel(draw(panel).id(id++).gridPos({ x, y, w: panel.width, h }));
      x += panel.width;
      height = Math.max(height, h);
    }
    y += height;
  }
  return dashboard.build();
}

function choice(name: string, query: string): grafana.QueryVariableBuilder {
  return new grafana.QueryVariableBuilder(name)
    .label(name)
    .datasource(DATASOURCE)
    .query(query)
    .refresh(grafana.VariableRefresh.OnTimeRangeChanged)
    .sort(grafana.VariableSort.AlphabeticalAsc);
}

type PanelBuilder = stat.PanelBuilder | timeseries.PanelBuilder | table.PanelBuilder;

function draw(panel: Panel): PanelBuilder {
  const builder = builderFor(panel)
    .title(panel.title)
    .description(panel.description)
    .datasource(DATASOURCE)
    .unit(panel.unit);
  for (const [index, { expr, legend }] of panel.queries.entries()) {
    const query = new prometheus.DataqueryBuilder()
      .refId(String.fromCharCode(65 + index))
      .expr(expr)
      .legendFormat(legend);
    if (panel.kind === "table") query.format(prometheus.PromQueryFormat.Table);
    builder.withTarget(panel.kind === "lines" || panel.kind === "stacked" ? query.range() : query.instant());
  }
  if (panel.steps !== undefined) {
    const steps = panel.steps.map(({ from, color }) => ({ value: Number.isFinite(from) ? from : null, color }));
    builder.thresholds(new grafana.ThresholdsConfigBuilder().mode(grafana.ThresholdsMode.Absolute).steps(steps));
  }
  return builder;
}

function builderFor({ kind, queries }: Panel): PanelBuilder {
  switch (kind) {
    case "stat":
      return new stat.PanelBuilder()
        .colorMode(common.BigValueColorMode.Value)
        .graphMode(common.BigValueGraphMode.None)
        .textMode(
          queries[0].legend.includes("{{") ? common.BigValueTextMode.ValueAndName : common.BigValueTextMode.Value,
        )
        .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]));
    case "table":
      return new table.PanelBuilder()
        .sortBy([new common.TableSortByFieldStateBuilder().displayName("Value").desc(true)])
        .withTransformation({ id: "organize", options: { excludeByName: { Time: true } } });
    case "lines":
      return new timeseries.PanelBuilder().lineWidth(1).fillOpacity(0);
    case "stacked":
      return new timeseries.PanelBuilder()
        .lineWidth(1)
        .fillOpacity(30)
        .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
  }
}
