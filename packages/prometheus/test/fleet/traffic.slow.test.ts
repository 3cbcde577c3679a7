import { checkChapter } from "./check.js";
import { TRAFFIC } from "./scenarios/traffic.js";

checkChapter(TRAFFIC);
