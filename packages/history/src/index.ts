export type { ConsumerStats, Consumption } from "./consume/intake.js";
export type { JetStreamOptions } from "./consume/jetstream/options.js";
export type { KafkaOptions } from "./consume/kafka/consume.js";
export {
  type History,
  type HistoryOptions,
  type HistoryWarning,
  openHistory,
} from "./history.js";
export type { HttpOptions } from "./http/handler.js";
export type { NodeHandler } from "./http/node.js";
export type { Intake, IntakeMessage, IntakeResult } from "./intake/intake.js";
export * from "./queries/answers/around.js";
export * from "./queries/answers/common.js";
export * from "./queries/answers/delivery.js";
export * from "./queries/answers/dora.js";
export * from "./queries/answers/events.js";
export * from "./queries/answers/fleet.js";
export * from "./queries/answers/queries.js";
export * from "./queries/answers/search.js";
export * from "./queries/answers/slo.js";
export * from "./queries/answers/states.js";
export * from "./queries/answers/sync.js";
export * from "./queries/answers/syncs.js";
export * from "./queries/answers/timeline.js";
export type { RetentionOptions } from "./retention/retention.js";
export { duckdbStore } from "./store/duckdb/duckdb-store.js";
export {
  MissingClient,
  QueryTimeout,
  StoreBusy,
  StoreClosed,
  StoreDamaged,
  StoreError,
  StoreHeld,
  StoreUnavailable,
} from "./store/errors.js";
export { postgresStore } from "./store/postgres/postgres-store.js";
export type * from "./store/store.js";
