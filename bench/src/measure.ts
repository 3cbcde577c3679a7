import { measure } from "mitata";
import type { Benchmark, Contender } from "./benchmark.ts";

/** The figures of one benchmark. Times are in nanoseconds for one operation. */
export interface Figures {
  readonly ours: number;
  readonly alternative: number;
  /** Ours to the alternative: the median over the rounds, each of which compares two neighbouring measurements. */
  readonly ratio: number;
  /** The quartiles of the rounds' ratios. */
  readonly spread: readonly [low: number, high: number];
  /** Bytes that one operation of ours allocates; only where the benchmark asks. */
  readonly allocated: number | undefined;
}

/** Nanoseconds that one measurement lasts. */
const MEASUREMENT_NS = 25_000_000;

/** Measures both contenders in turn, `rounds` times, the first to go changing from round to round. */
export async function measureBenchmark(
  { ours, alternative, allocationFree }: Benchmark,
  rounds: number,
): Promise<Figures> {
  await nanosecondsOf(ours);
  await nanosecondsOf(alternative);
  const pairs: { readonly ours: number; readonly alternative: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) {
      pairs.push({ ours: await nanosecondsOf(ours), alternative: await nanosecondsOf(alternative) });
    } else {
      const second = await nanosecondsOf(alternative);
      pairs.push({ ours: await nanosecondsOf(ours), alternative: second });
    }
  }
  const ratios = pairs.map((pair) => pair.ours / pair.alternative);
  return {
    ours: quantile(
      pairs.map((pair) => pair.ours),
      0.5,
    ),
    alternative: quantile(
      pairs.map((pair) => pair.alternative),
      0.5,
    ),
    ratio: quantile(ratios, 0.5),
    spread: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    allocated: allocationFree ? await bytesOf(ours) : undefined,
  };
}

async function nanosecondsOf(contender: Contender): Promise<number> {
  const { p50 } = await measure(() => contender.run(), { min_cpu_time: MEASUREMENT_NS, gc: false });
  return p50;
}

async function bytesOf(contender: Contender): Promise<number> {
  const heap = () => process.memoryUsage().heapUsed;
  const stats = await measure(() => contender.run(), { min_cpu_time: 4 * MEASUREMENT_NS, gc: false, heap });
  // Asking for the heap's size allocates too: some bytes for each batch of thousands of operations.
  return Math.round(stats.heap?.avg ?? 0);
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN;
}
