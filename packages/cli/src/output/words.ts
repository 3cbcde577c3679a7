/** How times, durations and marks are written. */
export interface Style {
  /** Table for people, or tab-separated values for programs. */
  readonly isTable: boolean;
  readonly color: boolean;
  readonly unicode: boolean;
  readonly utc: boolean;
  readonly width: number;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/** The 16 colours of ANSI only, so that the reader's theme decides. */
export type Color = "red" | "green" | "yellow" | "blue" | "magenta" | "bold";

const CODES: Readonly<Record<Color, number>> = { red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, bold: 1 };

export function painted(text: string, color: Color | undefined, style: Style): string {
  return color === undefined || !style.color ? text : `\u001b[${CODES[color]}m${text}\u001b[0m`;
}

interface Word {
  readonly text: string;
  readonly mark: string;
  readonly plain: string;
  readonly color?: Color;
}

/** States and outcomes in words, with a shape, so that colour only helps. */
export const WORDS: Readonly<Record<string, Word>> = {
  failing: { text: "Failing", mark: "✖", plain: "x", color: "red" },
  stuck: { text: "Stuck", mark: "⧗", plain: "!", color: "yellow" },
  drifted: { text: "Drifted", mark: "▲", plain: "~", color: "yellow" },
  stale: { text: "Stale", mark: "◷", plain: "?", color: "yellow" },
  no_data: { text: "No data", mark: "◌", plain: "?", color: "yellow" },
  suspended: { text: "Suspended", mark: "‖", plain: "=" },
  syncing: { text: "Syncing", mark: "◔", plain: "~", color: "blue" },
  healthy: { text: "Healthy", mark: "✓", plain: "+", color: "green" },
  succeeded: { text: "Succeeded", mark: "✓", plain: "+", color: "green" },
  failed: { text: "Failed", mark: "✖", plain: "x", color: "red" },
  timed_out: { text: "Timed out", mark: "⧗", plain: "x", color: "red" },
  rolled_back: { text: "Rolled back", mark: "↩", plain: "!", color: "yellow" },
  under_way: { text: "Under way", mark: "◔", plain: "~", color: "blue" },
  unknown: { text: "Unknown", mark: "◌", plain: "?" },
  holds: { text: "Holds", mark: "✓", plain: "+", color: "green" },
  burning_fast: { text: "Burning fast", mark: "▲", plain: "!", color: "yellow" },
  spent: { text: "Spent", mark: "✖", plain: "x", color: "red" },
  not_measured: { text: "Not measured", mark: "◌", plain: "?", color: "yellow" },
  exact: { text: "Exact", mark: "●●●●", plain: "****" },
  strong: { text: "Strong", mark: "●●●○", plain: "***." },
  likely: { text: "Likely", mark: "●●○○", plain: "**.." },
  nearby: { text: "Nearby", mark: "●○○○", plain: "*..." },
};

export function time(ms: number | null, style: Style): string {
  if (ms === null) return "–";
  const iso = new Date(ms).toISOString();
  if (!style.isTable) return iso;
  const zone = style.utc ? { timeZone: "UTC" } : {};
  const part = (at: number, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("en-GB", { ...zone, ...options }).format(at);
  const clock = part(ms, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
  const day = (at: number) => part(at, { year: "numeric", month: "2-digit", day: "2-digit" });
  if (day(ms) === day(style.now)) return clock;
  const sameYear = part(ms, { year: "numeric" }) === part(style.now, { year: "numeric" });
  return `${part(ms, { day: "numeric", month: "short", ...(!sameYear && { year: "numeric" }) })} ${clock}`;
}

/** `880 ms`, `3.41 s`, `41.2 s`, `4 min 12 s`, `3 h 07 min`, `6 d 4 h`. */
export function duration(ms: number | null): string {
  if (ms === null) return "–";
  const sign = ms < 0 ? "-" : "";
  const size = Math.abs(ms);
  if (size < 1000) return `${sign}${Math.round(size)} ms`;
  if (size < 99_950) return `${sign}${(size / 1000).toPrecision(3)} s`;
  const seconds = Math.round(size / 1000);
  if (seconds < 3600) return `${sign}${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 2880) return `${sign}${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
  const hours = Math.floor(minutes / 60);
  return `${sign}${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Rounded so that nothing looks better than it is: 99.96 % is never 100 %, what is above 0 never 0 %. */
export function percent(part: number | null): string {
  if (part === null) return "–";
  const value = part * 100;
  if (value > 0 && value < 0.1) return "< 0.1 %";
  return `${(value < 100 && value > 99.9 ? Math.floor(value * 100) / 100 : Math.floor(value * 10) / 10).toString()} %`;
}

export function count(value: number | null): string {
  return value === null ? "–" : value.toLocaleString("en-US");
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Control, bidirectional and zero-width characters as `\u{202E}`: none reaches the terminal. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/gu, (character) => {
    if (character === "\n" || character === "\t" || character === "\r") return " ";
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`;
  });
}
