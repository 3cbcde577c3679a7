export { describeError } from "./emitter/failure.js";
export {
  ATTRIBUTE_NAMES,
  DURATION_ATTRIBUTE_NAMES,
  environmentOf,
  RESOURCE_ATTRIBUTE_NAMES,
  resourceKeyOf,
  toAttributes,
} from "./event/attributes.js";
export { toIdentifier } from "./event/sanitize.js";
