export {
  type CloudEventExtensions,
  type CloudEventMessage,
  type ContentMode,
  fromCloudEvent,
  toCloudEvent,
  toMessage,
} from "./cloudevent.js";
export { CDEVENTS_SUBJECTS, cdevents } from "./encode/cdevents.js";
export { type CdeventsOptions, type CdeventsProfile, PROFILES } from "./encode/options.js";
export {
  findSyncOf,
  type KultaEvent,
  type KultaPhase,
  type KultaResult,
  parseKultaEvent,
} from "./kulta/parse-kulta-event.js";
export { type RolloutHandOff, type RolloutTriggerOptions, rolloutTrigger } from "./kulta/rollout-trigger.js";
export { type CdeventFields, createCdevent, createCustomCdevent } from "./spec/create.js";
export { type CdeventDefinition, customEvent } from "./spec/definition.js";

export * from "./spec/generated/index.js";
export {
  type CdeventResult,
  createCdeventParser,
  type ParsedCdevent,
  parseCdevent,
  type RefusedCdevent,
} from "./spec/parse.js";
export type { Reference } from "./spec/reference.js";
export type { TypeName } from "./spec/type-names.js";
export type {
  Cdevent,
  CdeventContext,
  CdeventLink,
  CdeventName,
  CdeventSubject,
  ContentOf,
  LinkEndpoint,
  LinkTags,
} from "./spec/types.js";
export type { CdeventError } from "./spec/validate.js";
export type { SpecVersion } from "./spec/version.js";
