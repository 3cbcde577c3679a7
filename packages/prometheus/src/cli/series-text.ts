import type { SeriesBudget } from "../metrics/series-budget.js";

// Measured with 1,000 to 10,000 repositories on Node 24: docs/metrics.md has the figures.
const HEAP_BYTES = 300;
const TEXT_BYTES = 100;
const GZIP_BYTES = 3.5;

/** A budget of series as a table, with what it costs. */
export function seriesText({ metrics, atFirst, atMost }: SeriesBudget, repositories: number): string {
  const rows = metrics.map(({ metric, ...counts }) => [metric, String(counts.atFirst), String(counts.atMost)] as const);
  const sum = (index: 1 | 2) => String(rows.reduce((total, row) => total + Number(row[index]), 0));
  const width = Math.max(...rows.map(([metric]) => metric.length));
  const line = ([metric, first, most]: readonly [string, string, string]) =>
    `${metric.padEnd(width)}  ${first.padStart(8)}  ${most.padStart(8)}\n`;
  const range = (bytes: number) => `${megabytes(atFirst * bytes)} to ${megabytes(atMost * bytes)}`;
  return `Series for each repository: when it is first seen, and once everything has happened to it.

${line(["metric", "at first", "at most"])}${rows.map(line).join("")}${line(["each repository", sum(1), sum(2)])}
${repositories} repositories: ${count(atFirst)} to ${count(atMost)} series.
In the controller about ${range(HEAP_BYTES)} of memory. Each scrape ${range(TEXT_BYTES)}, with gzip ${range(GZIP_BYTES)}.
`;
}

function count(value: number): string {
  return value.toLocaleString("en");
}

function megabytes(bytes: number): string {
  return `${Number((bytes / 1e6).toPrecision(2))} MB`;
}
