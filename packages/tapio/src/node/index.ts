export { type OccurrenceDirectoryOptions, occurrenceDirectory } from "./occurrence-directory.js";
