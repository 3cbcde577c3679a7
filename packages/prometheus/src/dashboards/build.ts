import * as common from "@grafana/grafana-foundation-sdk/common";
import * as grafana from "@grafana/grafana-foundation-sdk/dashboard";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as table from "@grafana/grafana-foundation-sdk/table";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import type { Column, DashboardSpec, Panel } from "./panel.js";
import type { DashboardLabels } from "./queries.js";
import { annotationsOf, DATASOURCE, linksOf, type Surroundings, variablesOf } from "./surroundings.js";

const HEIGHTS = { stat: 4, lines: 8, stacked: 8, table: 8 } as const;
const COLUMNS = 24;

/** The dashboard as Grafana imports it. */
export function buildDashboard(spec: DashboardSpec, surroundings: Surroundings): grafana.Dashboard {
  const dashboard = new grafana.DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags(["alumiini", "gitops"])
    .editable()
    .refresh("30s")
    .time({ from: "now-6h", to: "now" })
    .tooltip(grafana.DashboardCursorSync.Crosshair);
  for (const variable of variablesOf(spec, surroundings)) dashboard.withVariable(variable);
  for (const annotation of annotationsOf(spec, surroundings)) dashboard.annotation(annotation);
  for (const link of linksOf(surroundings)) dashboard.link(link);
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
      const h = panel.height ?? HEIGHTS[panel.kind];
      dashboard.withPanel(draw(panel, surroundings.queries.labels).id(id++).gridPos({ x, y, w: panel.width, h }));
      x += panel.width;
      height = Math.max(height, h);
    }
    y += height;
  }
  return dashboard.build();
}

type PanelBuilder = stat.PanelBuilder | timeseries.PanelBuilder | table.PanelBuilder;

function draw(panel: Panel, labels: DashboardLabels): PanelBuilder {
  const builder = builderFor(panel, labels)
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

function builderFor(panel: Panel, labels: DashboardLabels): PanelBuilder {
  const { kind, queries } = panel;
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
      return tableOf(panel, labels);
    case "lines":
      return new timeseries.PanelBuilder().lineWidth(1).fillOpacity(0);
    case "stacked":
      return new timeseries.PanelBuilder()
        .lineWidth(1)
        .fillOpacity(30)
        .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
  }
}

/** A table of one query as it comes, or of several, joined by the labels that they share. */
function tableOf({ columns, sortBy }: Panel, { by, repository }: DashboardLabels): table.PanelBuilder {
  const builder = new table.PanelBuilder().sortBy([
    new common.TableSortByFieldStateBuilder().displayName(sortBy?.title ?? "Value").desc(sortBy?.descending ?? true),
  ]);
  if (columns === undefined) {
    return builder.withTransformation({ id: "organize", options: { excludeByName: { Time: true } } });
  }
  const installation: readonly Column[] = [...by, ...repository.filter((label) => label !== "repo_name")].map(
    (field) => ({
      field,
      title: field,
    }),
  );
  const [first, ...others] = columns;
  const ordered = first === undefined ? installation : [first, ...installation, ...others];
  builder.withTransformation({ id: "merge", options: {} }).withTransformation({
    id: "organize",
    options: {
      excludeByName: Object.fromEntries([
        ["Time", true],
        ...ordered.filter(({ title }) => title === undefined).map(({ field }) => [field, true] as const),
      ]),
      indexByName: Object.fromEntries(ordered.map(({ field }, index) => [field, index])),
      renameByName: Object.fromEntries(
        ordered.flatMap(({ field, title }) => (title === undefined ? [] : [[field, title]])),
      ),
    },
  });
  for (const { title, unit, states, link } of ordered) {
    const properties: grafana.DynamicConfigValue[] = [];
    if (unit !== undefined) properties.push({ id: "unit", value: unit });
    if (states !== undefined) {
      const options = Object.fromEntries(states.map(({ text, color }, index) => [index, { text, color, index }]));
      properties.push({ id: "mappings", value: [{ type: grafana.MappingType.ValueToText, options }] });
      properties.push({ id: "custom.cellOptions", value: { type: "color-text" } });
    }
    if (link === "repository") {
      const installations = by.map((label) => `var-${label}=\${__data.fields["${label}"]}`).join("&");
      const url = `/d/alumiini-repository?var-repo=\${__value.raw}&${installations}`;
      const history = `$history_url/#/fleet?q=\${__value.raw}`;
      const value = [
        { title: "The repository's dashboard", url },
        { title: "Its history", url: history, targetBlank: true },
      ];
      properties.push({ id: "links", value });
    }
    if (title !== undefined && properties.length > 0) builder.overrideByName(title, properties);
  }
  return builder;
}
