/** A number and its unit never part. */
export const NBSP = "\u00a0";
export const NO_VALUE = "–";

const GROUPED = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `1,204,331`. */
export function count(value: number): string {
  return GROUPED.format(value);
}

/** `1 repository`, `2 repositories`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)}${NBSP}${value === 1 ? one : many}`;
}

/** A share as percent, rounded so that nothing looks better than it is: a good share down. */
export function goodShare(share: number): string {
  const percent = share * 100;
  if (percent >= 100) return `100${NBSP}%`;
  const digits = percent >= 99.99 ? 3 : percent >= 99.9 ? 2 : 1;
  const shown = Math.floor(percent * 10 ** digits) / 10 ** digits;
  return `${trimmed(shown, digits)}${NBSP}%`;
}

/** A share of what went wrong: above 0 it is never shown as 0. */
export function badShare(share: number): string {
  if (share === 0) return `0${NBSP}%`;
  const percent = share * 100;
  if (percent < 0.1) return `<${NBSP}0.1${NBSP}%`;
  return `${percent.toFixed(1)}${NBSP}%`;
}

/** What is left of a budget, rounded down: 1 is all. */
export function budget(left: number): string {
  const percent = Math.floor(left * 100 + 1e-9);
  return `${percent < 0 ? "−" : ""}${count(Math.abs(percent))}${NBSP}%`;
}

/** Three figures at most. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return count(value);
  return trimmed(value, size >= 10 ? 1 : 2);
}

/** `412 MB`: decimal units. */
export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  return `${figure(value / 1000 ** step)}${NBSP}${units[step]}`;
}

function trimmed(value: number, digits: number): string {
  return value
    .toFixed(digits)
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");
}
