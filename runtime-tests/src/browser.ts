import { type ScenarioResult, scenario } from "./scenario.js";

declare global {
  /** Where the test finds the answer once the page has loaded. */
  var scenarioResult: Promise<ScenarioResult>;
}

globalThis.scenarioResult = scenario();
