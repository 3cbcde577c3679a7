export { fileOutbox } from "./file-outbox.js";
export {
  acceptDeadLettersAgain,
  discardFromOutbox,
  inspectOutbox,
  type OutboxSummary,
  readOutbox,
  type StoredRecord,
} from "./inspection.js";
export type { FileOutboxOptions, FsyncMode } from "./options.js";
