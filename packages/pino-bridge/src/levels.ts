import type { Severity } from "@alumiini/core";
import { OptionError } from "@alumiini/core/adapter";

/** The pino level of each severity. */
export type LevelBySeverity = Readonly<Record<Severity, string>>;

/** pino's own levels, with the values that place them among custom ones. */
const STANDARD: Readonly<Record<Severity, { readonly level: string; readonly value: number }>> = {
  info: { level: "info", value: 30 },
  warning: { level: "warn", value: 40 },
  error: { level: "error", value: 50 },
  critical: { level: "fatal", value: 60 },
};

/**
 * Chooses a level of the logger's for each severity: the one that `given` says, else pino's own of that meaning, else,
 * where the logger has only custom levels, the lowest that is at least as grave, or the gravest there is.
 *
 * @throws {OptionError} when the logger lacks a level that `given` says.
 */
export function chooseLevels(
  levelValues: Readonly<Record<string, number>>,
  given: Readonly<Record<Severity, string | undefined>>,
): LevelBySeverity {
  const known = Object.entries(levelValues).filter(([, value]) => Number.isFinite(value));
  const ascending = known.sort(([, a], [, b]) => a - b);
  const choose = (severity: Severity): string => {
    const wanted = given[severity];
    const { level, value } = STANDARD[severity];
    const names = ascending.map(([name]) => name);
    if (wanted !== undefined) {
      if (names.includes(wanted)) return wanted;
      throw new OptionError("pinoBridge", `levels.${severity}`, `is "${wanted}"; the logger has ${names.join(", ")}`);
    }
    if (names.includes(level)) return level;
    return ascending.find(([, candidate]) => candidate >= value)?.[0] ?? names.at(-1) ?? level;
  };
  return { info: choose("info"), warning: choose("warning"), error: choose("error"), critical: choose("critical") };
}
