import { type TapioResult, tapioScenario } from "./tapio.js";

declare global {
  /** Where the test finds the answer once the page has loaded. */
  var tapioResult: TapioResult;
}

globalThis.tapioResult = tapioScenario();
