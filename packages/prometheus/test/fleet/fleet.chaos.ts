import { LONG } from "./chapters.js";
import { checkChapter } from "./check.js";

for (const chapter of LONG) checkChapter(chapter);
