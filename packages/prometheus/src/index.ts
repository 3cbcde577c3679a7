export { type OptInLabel, OVERFLOW_LABEL_VALUE, type RepositoryDetails } from "@alumiini/core/metrics";
export { type MetricsHandlerOptions, metricsFetchHandler, metricsHandler } from "./exposition/handler.js";
export {
  type MetricBudget,
  type SeriesBudget,
  type SeriesBudgetOptions,
  seriesBudget,
} from "./metrics/series-budget.js";
export type { ObservedSink, SinkDurations, SinkStats } from "./metrics/sinks.js";
export type { AnyRegistry, PrometheusOptions } from "./options.js";
export { type PrometheusSubscriber, prometheusSubscriber } from "./subscriber.js";
