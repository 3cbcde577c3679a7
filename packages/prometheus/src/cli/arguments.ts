import { parseArgs } from "node:util";

/** What the command line asks for. */
export interface CommandLine {
  readonly command: "rules" | "dashboards" | "slos";
  readonly format: "rules" | "prometheus-rule" | "service-monitor";
  readonly unit: "milliseconds" | "seconds";
  readonly selector: string;
  readonly by: readonly string[] | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly runbookUrl: string | undefined;
  /** A file of thresholds. */
  readonly slos: string | undefined;
  /** Where to write: a file, for dashboards a directory; standard output without one. */
  readonly output: string | undefined;
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  readonly metadataLabels: Readonly<Record<string, string>> | undefined;
}

/** A command line that can't be followed; its message says what to change. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Printed for `--help`. */
export const HELP = `Writes what Prometheus and Grafana need to watch an ALUMIINI controller.

Usage: npx @alumiini/prometheus <command> [options]

Commands
  rules        recording rules and alerts, as YAML
  dashboards   three Grafana dashboards, as JSON files
  slos         the objectives and thresholds, as JSON: edit it and pass it on with --slos

Options
  --slos <file>               objectives and thresholds that differ; others stay as ADR-004 has them
  --unit <unit>               milliseconds (default) or seconds: durationUnit of prometheusSubscriber
  --selector <matchers>       label matchers for every query, such as 'job="gitops"'
  --by <label,...>            labels that tell installations apart; default cluster,namespace,job
  --output <path>             a file, for dashboards a directory; default: standard output, for dashboards .
  --help                      this text

Options of rules
  --format <format>           rules (default: for rule_files of Prometheus), prometheus-rule or service-monitor
                              (objects of the Prometheus Operator)
  --label <name=value>        on every alert; repeatable
  --runbook-url <url>         where the runbooks are; /<alert>.md follows
  --name, --namespace <name>  of the operator's object; default alumiini, and none
  --metadata-label <n=value>  on the operator's object; repeatable
`;

const FORMATS = ["rules", "prometheus-rule", "service-monitor"] as const;
const UNITS = ["milliseconds", "seconds"] as const;
const COMMANDS = ["rules", "dashboards", "slos"] as const;

/**
 * Reads the command line; answers `"help"` where that is asked for.
 *
 * @throws {UsageError} saying what to change.
 */
export function parseCommandLine(args: readonly string[]): CommandLine | "help" {
  const { values, positionals } = readArguments(args);
  if (values.help) return "help";
  const [command, ...more] = positionals;
  if (command === undefined || more.length > 0) throw new UsageError("name one command: rules, dashboards or slos");
  return {
    command: oneOf("command", command, COMMANDS),
    format: oneOf("--format", values.format, FORMATS),
    unit: oneOf("--unit", values.unit, UNITS),
    selector: values.selector,
    by: values.by?.split(",").filter((label) => label !== ""),
    labels: toLabels("--label", values.label),
    runbookUrl: values["runbook-url"],
    slos: values.slos,
    output: values.output,
    name: values.name,
    namespace: values.namespace,
    metadataLabels: values["metadata-label"] && toLabels("--metadata-label", values["metadata-label"]),
  };
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: "boolean", default: false, short: "h" },
        slos: { type: "string" },
        unit: { type: "string", default: "milliseconds" },
        selector: { type: "string", default: "" },
        by: { type: "string" },
        output: { type: "string" },
        format: { type: "string", default: "rules" },
        label: { type: "string", multiple: true, default: [] },
        "runbook-url": { type: "string" },
        name: { type: "string" },
        namespace: { type: "string" },
        "metadata-label": { type: "string", multiple: true },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function oneOf<T extends string>(what: string, value: string, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw new UsageError(`${what} must be one of ${known.join(", ")}; not ${value}`);
  return found;
}

function toLabels(option: string, pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
      if (name === undefined || value === undefined) throw new UsageError(`${option} takes name=value, not ${pair}`);
      return [name, value];
    }),
  );
}
