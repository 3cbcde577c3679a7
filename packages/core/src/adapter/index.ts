export { describeError, type ErrorDetails, errorDetails } from "../error/describe-error.js";
export { errorOf } from "../error/event-errors.js";
export { aheadOfClock } from "../event/ahead-of-clock.js";
export {
  ATTRIBUTE_NAMES,
  DURATION_ATTRIBUTE_NAMES,
  environmentOf,
  RESOURCE_ATTRIBUTE_NAMES,
  repositoryKey,
  resourceKeyOf,
  toAttributes,
} from "../event/attributes.js";
export type { AnyEvent } from "../event/event.js";
export { toIdentifier } from "../event/sanitize.js";
export { rowOf, typesOf } from "../event/taxonomy.js";
export { isSecretName } from "../redact/assignment.js";
export { redactStart } from "../redact/redact.js";
export { BoundedMap } from "./bounded-map.js";
export {
  callback,
  flag,
  group,
  listOf,
  MAX_TIMER_MS,
  milliseconds,
  nearestOf,
  OptionError,
  type OptionRule,
  type OptionRules,
  objectWith,
  oneOf,
  type ReadOptions,
  type RulesFor,
  readOptions,
  required,
  secret,
  text,
  value,
  wholeNumber,
} from "./options.js";
export { type RateDecision, RateLimiter } from "./rate-limiter.js";
export { readProperty } from "./read-property.js";
