import { checkChapter } from "./check.js";
import { OUTSIDE } from "./scenarios/outside.js";

checkChapter(OUTSIDE);
