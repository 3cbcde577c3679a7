import { parseArgs } from "node:util";
import { measureBenchmark } from "./measure.ts";
import { outboxGroup } from "./outbox-group.ts";
import { formatResult, meets } from "./report.ts";

const USAGE = `Measures the outbox and a raw file in turn: a group of records appended, then synced.

  --records <n>   records in a group; default 10, 100 and 1000, one after the other
  --rounds <n>    how often each is measured; default 21

Ends with 1 when a target is missed.
`;

const { values: options } = parseArgs({
  options: {
    records: { type: "string", multiple: true, default: ["10", "100", "1000"] },
    rounds: { type: "string", default: "21" },
    help: { type: "boolean", default: false },
  },
});

if (options.help) process.stdout.write(USAGE);
else {
  for (const records of options.records) {
    const benchmark = outboxGroup(wholeNumber("--records", records));
    const figures = await measureBenchmark(benchmark, wholeNumber("--rounds", options.rounds));
    await benchmark.close();
    benchmark.verify();
    process.stdout.write(formatResult(benchmark, figures));
    if (!meets(benchmark, figures)) process.exitCode = 1;
  }
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`${name} must be a whole number of 1 or more`);
  return value;
}
