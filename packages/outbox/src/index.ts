export { fileOutbox } from "./file-outbox.js";
export type { FileOutboxOptions, FsyncMode } from "./options.js";
