import { type IngestResult, ingestScenario } from "./ingest.js";

declare global {
  /** Where the test finds the answer once it has been computed. */
  var ingestResult: Promise<IngestResult>;
}

globalThis.ingestResult = ingestScenario();
