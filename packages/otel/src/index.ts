export type { OptInLabel, RepositoryDetails } from "@alumiini/core/metrics";
export { contextFor } from "./context.js";
export type { LogEventRecord, LoggerLike, LoggerProviderLike } from "./logs/logger.js";
export type { OtelOptions, OtelSignal } from "./options.js";
export { alumiiniResource } from "./resource.js";
export { type OtelStats, type OtelSubscriber, otelSubscriber } from "./subscriber.js";
export { selectTemporality } from "./temporality.js";
