export { type MetricsHandlerOptions, metricsFetchHandler, metricsHandler } from "./handler.js";
export { OVERFLOW_LABEL_VALUE } from "./label-limits.js";
export type { AnyRegistry } from "./own-series.js";
export { type PrometheusOptions, prometheusSubscriber } from "./subscriber.js";
