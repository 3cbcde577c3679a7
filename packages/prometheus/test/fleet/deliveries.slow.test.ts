import { checkChapter } from "./check.js";
import { DELIVERIES } from "./scenarios/deliveries.js";

checkChapter(DELIVERIES);
