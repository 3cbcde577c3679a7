import { checkChapter } from "./check.js";
import { INSTALLATIONS } from "./scenarios/installations.js";

checkChapter(INSTALLATIONS);
