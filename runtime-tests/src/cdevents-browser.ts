import { type CdeventsResult, cdeventsScenario } from "./cdevents.js";

declare global {
  /** Where the test finds the answer once the page has loaded. */
  var cdeventsResult: CdeventsResult;
}

globalThis.cdeventsResult = cdeventsScenario();
