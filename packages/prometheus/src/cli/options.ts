import { OPT_IN_LABELS } from "@alumiini/core/metrics";

/** The commands, in the order in which the help has them. */
export const COMMANDS = {
  rules: "recording rules and alerts, as YAML",
  dashboards: "three Grafana dashboards, as JSON files",
  slos: "the objectives and thresholds, as JSON: edit it and pass it on with --slos",
  series: "how many series the metrics of a number of repositories are",
} as const;

/** The name of a command. */
export type Command = keyof typeof COMMANDS;

/** What `rules` can write. */
export const FORMATS = ["rules", "prometheus-rule", "service-monitor"] as const;
export type RulesFormat = (typeof FORMATS)[number];

/** One option: what the help says of it, and where it means something. */
export interface CliOption {
  /** How its value is called; none for a switch. */
  readonly value?: string;
  readonly repeatable?: true;
  readonly help: string;
  readonly commands: readonly Command[];
  /** Formats of `rules` that it means something for; default: all. */
  readonly formats?: readonly RulesFormat[];
}

const QUERIES = ["rules", "dashboards"] as const;
const EVERY = ["rules", "dashboards", "slos", "series"] as const;
const ALERTS = ["rules", "prometheus-rule"] as const;
const OBJECTS = ["prometheus-rule", "service-monitor"] as const;

/** Every option, in the order in which the help has them. An option that a command would ignore is refused. */
export const OPTIONS = {
  slos: {
    value: "file",
    help: "objectives and thresholds that differ; others stay as ADR-004 has them",
    commands: ["rules", "dashboards", "slos"],
    formats: ALERTS,
  },
  unit: {
    value: "unit",
    help: "milliseconds (default) or seconds: durationUnit of prometheusSubscriber",
    commands: QUERIES,
    formats: ALERTS,
  },
  selector: {
    value: "matchers",
    help: "label matchers for every query, such as 'job=\"gitops\"'",
    commands: QUERIES,
    formats: ALERTS,
  },
  by: {
    value: "label,...",
    help: "labels that tell installations apart; default cluster,namespace,job",
    commands: QUERIES,
    formats: ALERTS,
  },
  "opt-in-labels": {
    value: "label,...",
    help: `optInLabels of prometheusSubscriber: ${OPT_IN_LABELS.join(", ")}`,
    commands: ["rules", "dashboards", "series"],
    formats: ALERTS,
  },
  output: {
    value: "path",
    help: "a file, for dashboards a directory; default: standard output, for dashboards .",
    commands: EVERY,
  },
  "runbook-url": {
    value: "url",
    help: "where the runbooks are; /<alert>.md follows",
    commands: QUERIES,
    formats: ALERTS,
  },
  format: {
    value: "format",
    help: "rules (default: for rule_files of Prometheus), prometheus-rule or service-monitor (objects of the Prometheus Operator)",
    commands: ["rules"],
  },
  "evaluation-seconds": {
    value: "number",
    help: "seconds between two evaluations, 5 to 60; default 30",
    commands: ["rules"],
    formats: ALERTS,
  },
  label: {
    value: "name=value",
    repeatable: true,
    help: "on every alert; repeatable",
    commands: ["rules"],
    formats: ALERTS,
  },
  name: { value: "name", help: "of the operator's object; default alumiini", commands: ["rules"], formats: OBJECTS },
  namespace: { value: "name", help: "of the operator's object; default: none", commands: ["rules"], formats: OBJECTS },
  "metadata-label": {
    value: "name=value",
    repeatable: true,
    help: "on the operator's object; repeatable",
    commands: ["rules"],
    formats: OBJECTS,
  },
  "history-url": {
    value: "url",
    help: "the page of `alumiini serve`, for links; can be changed in Grafana",
    commands: ["dashboards"],
  },
  "traces-url": {
    value: "url",
    help: "where traces are searched, for links; can be changed in Grafana",
    commands: ["dashboards"],
  },
  repositories: {
    value: "number",
    help: "how many repositories; default: maxRepositories, 5000",
    commands: ["series"],
  },
  kinds: { value: "number", help: "kinds of objects that a repository applies; default 5", commands: ["series"] },
  help: { help: "this text", commands: EVERY },
  version: { help: "the version of this package", commands: EVERY },
} as const satisfies Readonly<Record<string, CliOption>>;

/** The name of an option, without its dashes. */
export type OptionName = keyof typeof OPTIONS;

/** Returns the text that `--help` prints. */
export function helpText(): string {
  const options: readonly (readonly [string, CliOption])[] = Object.entries(OPTIONS);
  const of = (isIn: (option: CliOption) => boolean) =>
    options
      .filter(([, option]) => isIn(option))
      .map(([name, { value, help }]) => line(`--${name}${value === undefined ? "" : ` <${value}>`}`, help))
      .join("");
  const isOnlyOf = (command: Command) => (option: CliOption) =>
    option.commands.length === 1 && option.commands[0] === command;
  const sections = (["rules", "dashboards", "series"] as const).map(
    (command) => `Options of ${command}\n${of(isOnlyOf(command))}`,
  );
  const commands = Object.entries(COMMANDS).map(([name, help]) => `  ${name.padEnd(12)} ${help}\n`);
  return `Writes what Prometheus and Grafana need to watch an ALUMIINI controller.

Usage: npx @alumiini/prometheus <command> [options]

Commands
${commands.join("")}
Options
${of(({ commands }) => commands.length > 1)}
${sections.join("\n")}`;
}

/** One line of the help, or two where the left part is long. */
function line(left: string, right: string): string {
  const indented = `  ${left}`;
  return indented.length < 30 ? `${indented.padEnd(30)}${right}\n` : `${indented}\n${" ".repeat(30)}${right}\n`;
}
