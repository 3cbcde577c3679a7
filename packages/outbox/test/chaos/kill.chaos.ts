import { describeKills } from "../kill/kill-at-random.js";

describeKills(Number(process.env["CHAOS_KILLS"] ?? 300));
