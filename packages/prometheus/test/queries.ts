import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { property } from "@alumiini-internal/test-support/prometheus-server";

/** A query that somebody is shown, and where it stands. */
export interface ShownQuery {
  readonly where: string;
  readonly expr: string;
}

const packageRoot = new URL("..", import.meta.url).pathname;

/** Every query of the committed dashboards, with Grafana's variables filled in. */
export function panelQueries(repository: string): ShownQuery[] {
  const directory = join(packageRoot, "generated/dashboards");
  const texts = readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), "utf8")] as const);
  return queriesOf(Object.fromEntries(texts), repository);
}

/** Every query of the panels of dashboards, given as their text. */
export function queriesOf(dashboards: Readonly<Record<string, string>>, repository: string): ShownQuery[] {
  return Object.entries(dashboards).flatMap(([name, text]) => {
    const dashboard: unknown = JSON.parse(text);
    return listOf(dashboard, "panels").flatMap((panel) =>
      listOf(panel, "targets").map((target) => ({
        where: `${name}: ${property(panel, "title")}`,
        expr: filledIn(String(property(target, "expr")), repository),
      })),
    );
  });
}

/** Every query of the annotations of dashboards, given as their text. */
export function annotationsOf(dashboards: Readonly<Record<string, string>>, repository: string): ShownQuery[] {
  return Object.entries(dashboards).flatMap(([name, text]) => {
    const dashboard: unknown = JSON.parse(text);
    return listOf(property(dashboard, "annotations"), "list").map((one) => ({
      where: `${name}: ${property(one, "name")}`,
      expr: filledIn(String(property(one, "expr")), repository),
    }));
  });
}

function filledIn(expr: string, repository: string): string {
  return expr
    .replaceAll("$__rate_interval", "20s")
    .replaceAll("$__range", "1h")
    .replaceAll("$group", "job")
    .replaceAll(/\$repo\b/g, repository)
    .replaceAll(/"\$(cluster|namespace|job|repo_namespace)\|?"/g, '".*"');
}

/** Every query of the runbooks, with the label that one of them has in a place where only a name can be. */
export function runbookQueries(): ShownQuery[] {
  const directory = join(packageRoot, "../../docs/runbooks");
  return readdirSync(directory).flatMap((name) =>
    Array.from(readFileSync(join(directory, name), "utf8").matchAll(/```promql\n(.*?)\n```/gs), ([, expr = ""]) => ({
      where: name,
      expr: expr.replaceAll("$label=", "repo_name="),
    })),
  );
}

/** The queries of an alert's runbook as somebody asks them who has the alert before them. */
export function runbookQueriesFor(alert: string, labels: Readonly<Record<string, string>>): string[] {
  const text = readFileSync(join(packageRoot, `../../docs/runbooks/${alert}.md`), "utf8");
  return Array.from(text.matchAll(/```promql\n(.*?)\n```/gs), ([, expr = ""]) =>
    expr.replaceAll(/\$([a-z_]+)/g, (_, label: string) => labels[label] ?? ""),
  );
}

/** The metrics of ours that a query selects, each with the labels that it matches. */
export function selectorsOf(expr: string): { readonly metric: string; readonly labels: readonly string[] }[] {
  return Array.from(expr.matchAll(/\b(alumiini[a-z0-9_:]+)(?:\{([^}]*)\})?/g), ([, metric = "", matchers = ""]) => ({
    metric,
    labels: Array.from(matchers.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/g), ([, label = ""]) => label),
  }));
}

/** The labels that a query groups by. */
export function groupingsOf(expr: string): string[] {
  return Array.from(expr.matchAll(/\bby \(([^)]*)\)/g), ([, labels = ""]) => labels.split(/,\s*/))
    .flat()
    .filter((label) => label !== "");
}

/** The elements of a list in what came from outside; none where it has no such list. */
export function listOf(value: unknown, name: string): unknown[] {
  const list = property(value, name);
  return Array.isArray(list) ? list : [];
}
