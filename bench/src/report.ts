import type { Benchmark } from "./benchmark.ts";
import type { Figures } from "./measure.ts";

/** Whether the figures are within the benchmark's targets. */
export function meets({ target }: Benchmark, { ours, alternative, ratio, allocated }: Figures): boolean {
  const isFast = typeof target === "number" ? ratio <= target : ours - alternative <= target.extraNs;
  return isFast && (allocated === undefined || allocated === 0);
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
    `  ratio ${formatRatio(figures.ratio)} (${formatRatio(low)} to ${formatRatio(high)}), target <= ${formatTarget(target)}`,
  ];
  if (figures.allocated !== undefined) lines.push(`  allocates ${figures.allocated} bytes, target 0`);
  lines.push(`  ${meets(benchmark, figures) ? "pass" : "FAIL"}`, "");
  return lines.join("\n");
}

function formatTime(nanoseconds: number): string {
  return `${nanoseconds < 100 ? nanoseconds.toFixed(1) : nanoseconds.toFixed(0)} ns`.padStart(10);
}

function formatTarget(target: Benchmark["target"]): string {
  return typeof target === "number" ? formatRatio(target) : `alternative + ${target.extraNs} ns`;
}

function formatRatio(ratio: number): string {
  return `${ratio.toFixed(2)}x`;
}
