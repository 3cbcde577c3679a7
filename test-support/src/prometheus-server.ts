import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

/** Runs `promtool check metrics` on an exposition; answers its complaints, each once. */
export function promtoolComplaints(exposition: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = execFile("promtool", ["check", "metrics"], (error, stdout, stderr) => {
      const complaints = new Set(`${stdout}${stderr}`.split("\n").filter((line) => line !== ""));
      if (error !== null && complaints.size === 0) reject(error);
      else resolve([...complaints]);
    });
    child.stdin?.end(exposition);
  });
}

/** A real Prometheus that scrapes one target. */
export interface PrometheusServer {
  /** The value of each series that the query finds now. */
  query(expression: string): Promise<number[]>;
  /** What the HTTP API answers, as it is. */
  api(path: string, parameters?: Readonly<Record<string, string>>): Promise<unknown>;
  stop(): Promise<void>;
}

/** What is scraped, and the labels that its series get. */
export interface ScrapeTarget {
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What Prometheus is started with. */
export interface PrometheusOptions {
  /** Further targets. */
  readonly targets?: readonly ScrapeTarget[];
  /** Seconds between two scrapes, and between two evaluations. Default 1. */
  readonly interval?: number;
  /** Rules as YAML. */
  readonly rules?: string;
  /** Further arguments. */
  readonly flags?: readonly string[];
  /** Samples from before the start, as OpenMetrics with timestamps, its end marked with `# EOF`. */
  readonly past?: Iterable<string>;
}

/** Starts Prometheus on a free port, with its data in a directory that goes with it. */
export async function startPrometheus(
  target: string | ScrapeTarget,
  { rules, flags = [], targets = [], interval = 1, past }: PrometheusOptions = {},
): Promise<PrometheusServer> {
  const directory = await mkdtemp(join(tmpdir(), "prometheus-"));
  const ruleFile = join(directory, "rules.yml");
  if (rules !== undefined) await writeFile(ruleFile, rules);
  const [first, ...others] = [typeof target === "string" ? { address: target, labels: {} } : target, ...targets];
  const static_configs = [first, ...others].map(({ address, labels }) => ({ targets: [address], labels }));
  const configuration = {
    global: { scrape_interval: `${interval}s`, scrape_timeout: `${interval}s`, evaluation_interval: `${interval}s` },
    rule_files: rules === undefined ? [] : [ruleFile],
    scrape_configs: [{ job_name: "controller", static_configs }],
  };
  // JSON is YAML.
  await writeFile(join(directory, "prometheus.yml"), JSON.stringify(configuration));
  if (past !== undefined) await backfill(directory, past);
  const child = spawn(
    "prometheus",
    [
      `--config.file=${join(directory, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(directory, "data")}`,
      "--web.listen-address=127.0.0.1:0",
      ...flags,
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const stop = async () => {
    child.kill("SIGTERM");
    await exited;
    await rm(directory, { recursive: true, force: true });
  };

  const log: string[] = [];
  const lines = createInterface({ input: child.stderr });
  let listening: string | undefined;
  const address = await new Promise<string | undefined>((resolve) => {
    lines.on("line", (line) => {
      log.push(line);
      listening ??= /msg="Listening on" address=(\S+)/.exec(line)?.[1];
      // Until it has read its storage it listens, and answers nothing.
      if (line.includes("Server is ready to receive web requests")) resolve(listening);
    });
    lines.once("close", () => resolve(undefined));
  });
  if (address === undefined) {
    await stop();
    throw new Error(`prometheus did not start:\n${log.join("\n")}`);
  }

  const api = async (path: string, parameters: Readonly<Record<string, string>> = {}): Promise<unknown> => {
    const response = await fetch(`http://${address}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    return response.json();
  };
  return { stop, api, query: async (expression) => valuesOf(await api("query", { query: expression })) };
}

/** Makes blocks of samples, where Prometheus will find them. */
async function backfill(directory: string, past: Iterable<string>): Promise<void> {
  const file = join(directory, "past.om");
  await writeFile(file, past);
  await promisify(execFile)("promtool", [
    "tsdb",
    "create-blocks-from",
    "openmetrics",
    "--quiet",
    file,
    join(directory, "data"),
  ]);
  await rm(file);
}

/** Reads the values out of `{ data: { result: [{ value: [time, "value"] }] } }`. */
function valuesOf(answer: unknown): number[] {
  const result = property(property(answer, "data"), "result");
  if (!Array.isArray(result)) throw new Error(`not an answer of Prometheus: ${JSON.stringify(answer)}`);
  return result.map((series: unknown) => Number(property(property(series, "value"), "1")));
}

/** Returns a property of what came from outside; `undefined` where it has none. */
export function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
