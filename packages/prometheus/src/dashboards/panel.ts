/** One query of a panel, and what names its lines. */
export interface PanelQuery {
  readonly expr: string;
  /** Grafana's template for the name of a series, such as `{{repo_name}}`. */
  readonly legend: string;
}

/** A column of a table whose queries are joined by the labels that they share. */
export interface Column {
  /** A label, or `Value #A` for the value of the first query. */
  readonly field: string;
  /** Its heading; without one it is hidden. */
  readonly title?: string;
  readonly unit?: string;
  /** Words and colours for the values 0, 1, 2 and so on. */
  readonly states?: readonly { readonly text: string; readonly color: string }[];
  /** Where its values lead to: the dashboard of the repository. */
  readonly link?: "repository";
}

/** One panel: what it asks, and how the answer is drawn. */
export interface Panel {
  readonly title: string;
  readonly description: string;
  /** `stat`: the newest value, large. `lines`: over time. `stacked`: lines that add up. `table`: newest values, sorted. */
  readonly kind: "stat" | "lines" | "stacked" | "table";
  /** Grafana's id of the unit: `percentunit`, `ms`, `s`, `short`, `bytes`, `ops`, `bool`. */
  readonly unit: string;
  readonly queries: readonly [PanelQuery, ...PanelQuery[]];
  /** Values from which on a tile is coloured, ascending; `good` names the colour below the first. */
  readonly steps?: readonly { readonly from: number; readonly color: "green" | "yellow" | "red" }[];
  /** Of a table: its columns in their order, those that tell installations apart being first. Default: as queried. */
  readonly columns?: readonly Column[];
  readonly sortBy?: { readonly title: string; readonly descending: boolean };
  /** Columns of 24. */
  readonly width: number;
  /** In Grafana's units. Default: that of its kind. */
  readonly height?: number;
}

/** Panels under one heading. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** A dashboard before it is Grafana's. */
export interface DashboardSpec {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Whether one repository is chosen at the top. */
  readonly perRepository: boolean;
  /** Whether what is added up can be grouped by a label that is chosen at the top. */
  readonly grouped?: true;
  readonly rows: readonly Row[];
}

/** A tile that is red from `bad` on, or below it where more is better. */
export function limit(bad: number, better: "less" | "more"): NonNullable<Panel["steps"]> {
  const [below, from] = better === "less" ? (["green", "red"] as const) : (["red", "green"] as const);
  return [
    { from: Number.NEGATIVE_INFINITY, color: below },
    { from: bad, color: from },
  ];
}
