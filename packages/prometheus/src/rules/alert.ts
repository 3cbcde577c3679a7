/** One alerting rule as Prometheus reads it. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  /** How long it goes on firing once its condition is false: Prometheus 2.42 or later. */
  readonly keep_firing_for?: string;
  readonly labels: Readonly<Record<string, string>> & { readonly severity: Severity };
  readonly annotations: Readonly<Record<"summary" | "description" | "runbook_url", string>>;
}

export type Severity = "critical" | "warning" | "info";

/** An alert before labels and runbook are added. */
export interface Alert {
  readonly name: string;
  readonly expr: string;
  readonly for: string;
  /** How long it goes on once its condition is false, so that one cause pages once. Default: not at all. */
  readonly keepFiringFor?: string;
  readonly severity: Severity;
  /** What is wrong, in the words of the ADR where it has any. */
  readonly summary: string;
  /** What that means here; may use Prometheus' templates. */
  readonly description: string;
  /** The page that says what to do; default: the one named as the alert. */
  readonly runbook?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A number of seconds for people: `60s`, `15m`, `1h`. */
export function spell(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 && seconds > 60 ? `${seconds / 60}m` : `${seconds}s`;
}

/** A part as a percentage: `95%`. */
export function percent(part: number): string {
  return `${Number((part * 100).toPrecision(6))}%`;
}
