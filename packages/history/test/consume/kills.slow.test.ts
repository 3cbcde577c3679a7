import { killTests } from "./kill-tests.js";

killTests({ events: 20_000, kills: 8, timeoutMs: 600_000 });
