import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { emitIdle } from "./benchmarks/emit-idle.ts";
import { emitNoop } from "./benchmarks/emit-noop.ts";
import { emitOtel } from "./benchmarks/emit-otel.ts";
import { emitOtelNoop } from "./benchmarks/emit-otel-noop.ts";
import { emitPino } from "./benchmarks/emit-pino.ts";
import { emitPrometheus } from "./benchmarks/emit-prometheus.ts";
import { measureBenchmark } from "./measure.ts";
import { formatResult, meets } from "./report.ts";

const BENCHMARKS = [emitIdle, emitNoop, emitPrometheus, emitPino, emitOtel, emitOtelNoop];

const USAGE = `Measures ours and the alternative in turn, in one process.

  --only <name>   one benchmark alone; may be repeated: emit-idle, emit-noop, emit-prometheus, emit-pino,
                  emit-otel, emit-otel-noop
  --rounds <n>    how often each is measured; default 21
  --help          this text

Ends with 1 when a target is missed.
`;

const { values: options } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    rounds: { type: "string", default: "21" },
    help: { type: "boolean", default: false },
  },
});

if (options.help) process.stdout.write(USAGE);
else await main(options.only, Number(options.rounds));

async function main(only: readonly string[] | undefined, rounds: number): Promise<void> {
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new RangeError("--rounds must be a whole number of 1 or more");
  const all = BENCHMARKS.map((create) => create());
  for (const name of only ?? []) {
    if (!all.some((benchmark) => benchmark.name === name)) throw new RangeError(`there is no benchmark ${name}`);
  }
  const processors = cpus();
  process.stdout.write(
    `Node ${process.version}, ${process.platform} ${process.arch}, ${processors.length} x ${processors[0]?.model ?? "?"}\n`,
  );
  for (const benchmark of all) {
    if (only !== undefined && !only.includes(benchmark.name)) continue;
    const figures = await measureBenchmark(benchmark, rounds);
    await benchmark.verify();
    process.stdout.write(formatResult(benchmark, figures));
    if (!meets(benchmark, figures)) process.exitCode = 1;
  }
}
