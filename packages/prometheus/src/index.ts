export { type MetricsHandlerOptions, metricsFetchHandler, metricsHandler } from "./exposition/handler.js";
export { OVERFLOW_LABEL_VALUE } from "./label-limits.js";
export type { ObservedSink, SinkDurations, SinkStats } from "./metrics/sinks.js";
export type { OptInLabel, PrometheusOptions } from "./options.js";
export type { AnyRegistry } from "./own-series.js";
export { type PrometheusSubscriber, prometheusSubscriber, type RepositoryDetails } from "./subscriber.js";
