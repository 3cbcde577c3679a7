import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { OptionError } from "@alumiini/core/adapter";
import { makeDirectory } from "@alumiini/core/node";
import manifest from "../../package.json" with { type: "json" };
import { dashboards } from "../dashboards/index.js";
import { seriesBudget } from "../metrics/series-budget.js";
import { prometheusRuleYaml, rulesYaml, serviceMonitorYaml } from "../rules/documents.js";
import { ruleGroups } from "../rules/rule-groups.js";
import { DEFAULT_SLOS, type Slos } from "../rules/slos.js";
import { type CommandLine, parseCommandLine, UsageError } from "./arguments.js";
import { helpText } from "./options.js";
import { readSlos } from "./read-slos.js";
import { seriesText } from "./series-text.js";

/** Where the command writes. */
export interface Output {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** Runs the command line. Returns the exit code: 0, 1 where a file could not be read or written, 2 for wrong usage. */
export async function run(args: readonly string[], { stdout, stderr }: Output): Promise<number> {
  try {
    const options = parseCommandLine(args);
    if (options === "help") stdout(helpText());
    else if (options === "version") stdout(`${manifest.version}\n`);
    else await write(options, stdout);
    return 0;
  } catch (error) {
    const isUsage = error instanceof UsageError || error instanceof OptionError || error instanceof TypeError;
    stderr(`alumiini-prometheus: ${error instanceof Error ? error.message : String(error)}\n`);
    if (isUsage) stderr("See --help.\n");
    return isUsage ? 2 : 1;
  }
}

async function write(options: CommandLine, stdout: Output["stdout"]): Promise<void> {
  const slos = options.slos === undefined ? DEFAULT_SLOS : await slosFrom(options.slos);
  if (options.command === "dashboards") {
    await writeDashboards(options, slos, stdout);
    return;
  }
  const text = textOf(options, slos);
  if (options.output === undefined) stdout(text);
  else await writeFile(options.output, text);
}

function textOf(options: CommandLine, slos: Slos): string {
  switch (options.command) {
    case "slos":
      return `${JSON.stringify(slos, null, 2)}\n`;
    case "series":
      return seriesText(seriesBudget(options), options.repositories);
    default:
      return rulesText(options, slos);
  }
}

function rulesText(options: CommandLine, slos: Slos): string {
  const { name, namespace, metadataLabels } = options;
  const manifest = { name, namespace, labels: metadataLabels };
  if (options.format === "service-monitor") return serviceMonitorYaml(manifest);
  const {
    unit: durationUnit,
    runbookUrl: runbookBaseUrl,
    selector,
    by,
    optInLabels,
    evaluationSeconds,
    labels,
  } = options;
  const groups = ruleGroups({
    slos,
    durationUnit,
    selector,
    by,
    optInLabels,
    evaluationSeconds,
    labels,
    runbookBaseUrl,
  });
  return options.format === "rules" ? rulesYaml(groups) : prometheusRuleYaml(groups, manifest);
}

async function writeDashboards(options: CommandLine, slos: Slos, stdout: Output["stdout"]): Promise<void> {
  const { unit: durationUnit, runbookUrl: runbookBaseUrl, output: directory = "." } = options;
  const { selector, by, optInLabels, historyUrl, tracesUrl } = options;
  // Made first: a mistake in an option leaves no empty directory.
  const texts = Object.entries(
    dashboards({ slos, durationUnit, selector, by, optInLabels, runbookBaseUrl, historyUrl, tracesUrl }),
  );
  await makeDirectory(directory);
  for (const [name, text] of texts) {
    const path = join(directory, name);
    await writeFile(path, text);
    stdout(`${path}\n`);
  }
}

async function slosFrom(path: string): Promise<Slos> {
  return readSlos(await readFile(path, "utf8"), path);
}
