import { checkChapter } from "./check.js";
import { REPOSITORIES } from "./scenarios/repositories.js";

checkChapter(REPOSITORIES);
