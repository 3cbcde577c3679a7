import { checkChapter } from "./check.js";
import { STATES } from "./scenarios/repositories.js";

checkChapter(STATES);
