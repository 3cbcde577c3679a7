import { LONG } from "./chapters.js";
import { checkChapter } from "./check.js";
import { OUTSIDE } from "./scenarios/outside.js";

for (const chapter of LONG.filter((one) => one !== OUTSIDE)) checkChapter(chapter);
