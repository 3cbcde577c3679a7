import { checkChapter } from "./check.js";
import { CONTROLLER } from "./scenarios/controller.js";

checkChapter(CONTROLLER);
