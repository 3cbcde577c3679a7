import type { Benchmark } from "./benchmark.ts";
import type { Figures } from "./measure.ts";

/** Whether the figures are within the benchmark's targets. */
export function meets({ target }: Benchmark, { ratio, allocated }: Figures): boolean {
  return ratio <= target && (allocated === undefined || allocated === 0);
}

/** The benchmark's figures for people. */
export function formatResult(benchmark: Benchmark, figures: Figures): string {
  const { ours, alternative, title, target } = benchmark;
  const width = Math.max(ours.name.length, alternative.name.length);
  const [low, high] = figures.spread;
  const lines = [
    "",
    title,
    `  ${ours.name.padEnd(width)}  ${formatTime(figures.ours)}`,
    `  ${alternative.name.padEnd(width)}  ${formatTime(figures.alternative)}`,
    `  ratio ${formatRatio(figures.ratio)} (${formatRatio(low)} to ${formatRatio(high)}), target <= ${formatRatio(target)}`,
  ];
  if (figures.allocated !== undefined) lines.push(`  allocates ${figures.allocated} bytes, target 0`);
  lines.push(`  ${meets(benchmark, figures) ? "pass" : "FAIL"}`, "");
  return lines.join("\n");
}

function formatTime(nanoseconds: number): string {
  return `${nanoseconds < 100 ? nanoseconds.toFixed(1) : nanoseconds.toFixed(0)} ns`.padStart(10);
}

function formatRatio(ratio: number): string {
  return `${ratio.toFixed(2)}x`;
}
