export { type AhtiEntity, type AhtiEvent, type AhtiReference, ahtiEvent } from "./encode/ahti-event.js";
export type { Encode, Encoded } from "./encode/envelope.js";
export { type Occurrence, type OccurrenceEntity, occurrence } from "./encode/occurrence.js";
export { type TapioEntity, type TapioEvent, type TapioRelationship, tapioEvent } from "./encode/tapio-event.js";
export type { TapioOptions } from "./model/options.js";
export type {
  ForeignConnection,
  ForeignEntity,
  ForeignError,
  ForeignEvent,
  ForeignRelationship,
  ForeignResult,
} from "./parse/foreign-event.js";
export { parseOccurrence } from "./parse/occurrence.js";
export { parseTapioEvent } from "./parse/tapio-event.js";
