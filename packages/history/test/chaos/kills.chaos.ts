import { killTests } from "../consume/kill-tests.js";

killTests({
  events: Number(process.env["EVENTS"] ?? 1_000_000),
  kills: Number(process.env["KILLS"] ?? 60),
  timeoutMs: 7_200_000,
  report: (line) => process.stdout.write(`${line}\n`),
});
