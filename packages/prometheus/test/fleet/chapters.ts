import type { Chapter } from "./scenario.js";
import { CONTROLLER, CONTROLLER_FOR_DAYS } from "./scenarios/controller.js";
import { DELIVERIES } from "./scenarios/deliveries.js";
import { INSTALLATIONS } from "./scenarios/installations.js";
import { OUTSIDE } from "./scenarios/outside.js";
import { REPOSITORIES, STATES } from "./scenarios/repositories.js";
import { DAYS_AND_NIGHTS, LARGE_FLEETS, MORE_TRAFFIC, TRAFFIC } from "./scenarios/traffic.js";

/** What is played at each test run. */
export const SHORT: readonly Chapter[] = [CONTROLLER, REPOSITORIES, STATES, TRAFFIC, INSTALLATIONS, DELIVERIES];

/** What takes minutes: days of simulated time, and thousands of repositories. */
export const LONG: readonly Chapter[] = [OUTSIDE, MORE_TRAFFIC, CONTROLLER_FOR_DAYS, DAYS_AND_NIGHTS, LARGE_FLEETS];
