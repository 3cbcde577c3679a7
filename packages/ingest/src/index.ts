export { type BackfillOptions, type BackfillResult, backfill } from "./backfill/backfill.js";
export type { Answer, Arrival } from "./http/arrival.js";
export {
  type IngestHandler,
  type IngestOptions,
  type IngestSource,
  type IngestStats,
  ingestHandler,
} from "./http/handler.js";
export { ingestMetrics } from "./http/metrics.js";
export { type DeliveryCounts, REJECTIONS, type Rejection } from "./intake/counts.js";
export type { IntakeOptions } from "./intake/intake.js";
export type { RelayTarget, StoredSubscriber } from "./intake/ports.js";
export { createEvent, type EventDraft, type Identity, INGEST_ATTRIBUTES, identify } from "./mapping/event.js";
export { eventId, type KeyPart, syncIdOf } from "./mapping/id.js";
export {
  createMapper,
  type Delivery,
  type HeadersLike,
  ignored,
  type MapContext,
  type Mapped,
  type Mapper,
  type Payload,
  type SourceObject,
  type Suspension,
  Unfit,
} from "./mapping/mapper.js";
export { parseGoDuration, parseTime } from "./mapping/time.js";
export { type ConsumerOptions, type IngestConsumer, ingestMessages, type NatsMessage } from "./nats/consumer.js";
export { argocdManifests } from "./setup/argocd.js";
export { BLIND_SPOTS, type BlindSpot } from "./setup/blind-spots.js";
export { fluxManifests } from "./setup/flux.js";
export { githubHook, gitlabHook } from "./setup/hooks.js";
export { argocd } from "./sources/argocd.js";
export { flux } from "./sources/flux.js";
export { github } from "./sources/github.js";
export { gitlab } from "./sources/gitlab.js";
export { tekton } from "./sources/tekton.js";
export { type HmacOptions, hmacSha256 } from "./verify/hmac-sha256.js";
export { type StandardWebhooksOptions, standardWebhooks } from "./verify/standard-webhooks.js";
export { bearer, gitlabToken } from "./verify/tokens.js";
export { type Secrets, type SyncVerify, type UnverifiedDelivery, unverified, type Verify } from "./verify/verify.js";
