import { around } from "./around.js";
import { deliveries } from "./deliveries.js";
import { dora } from "./dora.js";
import { fleet } from "./fleet.js";
import type { Question } from "./question.js";
import { show } from "./show.js";
import { slo } from "./slo.js";
import { syncs } from "./syncs.js";

/** In the order of `--help`. */
export const QUESTIONS: readonly Question[] = [fleet, syncs, show, around, dora, slo, deliveries];
