import type { Row } from "./panel.js";
import type { PanelQueries } from "./queries.js";

/** The controller's processes, from the metrics that `collectDefaultMetrics()` of prom-client adds. */
export function processRow(queries: PanelQueries): Row {
  const lines = { kind: "lines", width: 6 } as const;
  const legend = "{{instance}}";
  return {
    title: "Processes: needs collectDefaultMetrics() of prom-client",
    panels: [
      {
        ...lines,
        title: "CPU",
        description: "Cores in use, by replica.",
        unit: "short",
        queries: [{ expr: queries.ofController("process_cpu_seconds_total", "rate"), legend }],
      },
      {
        ...lines,
        title: "Memory",
        description: "Resident memory, and what of it is the JavaScript heap, by replica.",
        unit: "bytes",
        queries: [
          { expr: queries.ofController("process_resident_memory_bytes"), legend },
          { expr: queries.ofController("nodejs_heap_size_used_bytes"), legend: `${legend} heap` },
        ],
      },
      {
        ...lines,
        title: "Event loop lag, p99",
        description: "How late timers are: nothing else runs meanwhile.",
        unit: "s",
        queries: [{ expr: queries.ofController("nodejs_eventloop_lag_p99_seconds"), legend }],
      },
      {
        ...lines,
        title: "Scrapes",
        description: "Seconds that a scrape of a replica takes.",
        unit: "s",
        queries: [{ expr: queries.ofController("scrape_duration_seconds"), legend }],
      },
    ],
  };
}
