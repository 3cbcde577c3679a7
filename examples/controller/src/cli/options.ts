import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { WebhookSecrets } from "../http/webhook-signature.js";
import type { Repository } from "../repository.js";
import type { Intervals } from "../worker.js";
import { parseRepositories, REPOSITORY_OPTIONS } from "./repository-options.js";
import { UsageError } from "./usage-error.js";

/** What the command line and the environment say. */
export interface CommandLine {
  readonly repositories: readonly Repository[];
  readonly intervals: Intervals;
  /** Directory used as the cluster, unless there is a `kubeContext`. */
  readonly target: string;
  readonly kubeContext?: string | undefined;
  readonly dataDirectory: string;
  readonly host: string;
  readonly port: number;
  readonly clusterId?: string | undefined;
  readonly pretty: boolean;
  readonly webhookSecrets: WebhookSecrets;
  readonly syncToken?: string | undefined;
}

/** Printed for `--help`. */
export const HELP = `Keeps a cluster in step with git repositories.

Usage: controller --repo <url> [--branch <name>] [--path <directory>] [--name <name>] [--repo …] [options]

Repositories (--branch, --path and --name belong to the --repo before them)
  --repo <url>               URL, git@host:path or local path; repeatable
  --branch <name>            default: the remote's default branch
  --path <directory>         where the manifests are; default: everywhere
  --name <name>              in events and metrics; default: the last part of the URL
  --namespace <name>         Kubernetes namespace on events; default: alumiini-system

Target
  --target <directory>       used as the cluster, one file per object; default: .alumiini/cluster
  --kube-context <name>      use the real cluster of this context, with kubectl, instead
  --cluster-id <name>        on every event; default: the context, else "local"

Running
  --poll-interval <time>     fetches, and compares the cluster with git; 30s, 5m, 1h; default: 1m
  --reconcile-interval <time>  the same, where polling is rare; default: 5m
  --data <directory>         clones and inventories; keep it across restarts; default: .alumiini/data
  --host <address>           default: 127.0.0.1
  --port <number>            0 for any free port; default: 8080
  --pretty                   a log for people instead of JSON lines
  --help

Environment
  ALUMIINI_GITHUB_SECRET, ALUMIINI_GITLAB_SECRET, ALUMIINI_BITBUCKET_SECRET
                             secrets of the webhooks; webhooks of a forge without one get 404
  ALUMIINI_SYNC_TOKEN        bearer token for POST /sync/<repo>; needed unless --host is a loopback address

HTTP: /metrics, /healthz, POST /webhook/github|gitlab|bitbucket, POST /sync/<repo>
`;

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/;

/**
 * Reads the command line. Returns `"help"` where that is asked for.
 *
 * @throws {UsageError} saying what to change.
 */
export function parseCommandLine(args: readonly string[], env: NodeJS.ProcessEnv): CommandLine | "help" {
  const { values, tokens } = parse(args);
  if (values.help) return "help";
  const repositories = parseRepositories(tokens, values.namespace);
  if (repositories.length === 0) throw new UsageError("name at least one repository: --repo <url>");
  const syncToken = env["ALUMIINI_SYNC_TOKEN"] || undefined;
  if (!LOOPBACK.test(values.host) && syncToken === undefined) {
    throw new UsageError("with --host others can reach POST /sync: set ALUMIINI_SYNC_TOKEN");
  }
  return {
    repositories,
    intervals: {
      pollMs: parseDuration("--poll-interval", values["poll-interval"]),
      reconcileMs: parseDuration("--reconcile-interval", values["reconcile-interval"]),
    },
    target: resolve(values.target),
    kubeContext: values["kube-context"],
    dataDirectory: resolve(values.data),
    host: values.host,
    port: parsePort(values.port),
    clusterId: values["cluster-id"] ?? values["kube-context"],
    pretty: values.pretty,
    webhookSecrets: {
      ...(env["ALUMIINI_GITHUB_SECRET"] && { github: env["ALUMIINI_GITHUB_SECRET"] }),
      ...(env["ALUMIINI_GITLAB_SECRET"] && { gitlab: env["ALUMIINI_GITLAB_SECRET"] }),
      ...(env["ALUMIINI_BITBUCKET_SECRET"] && { bitbucket: env["ALUMIINI_BITBUCKET_SECRET"] }),
    },
    syncToken,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: withoutLeadingDashes(args),
      tokens: true,
      options: {
        ...REPOSITORY_OPTIONS,
        namespace: { type: "string", default: "alumiini-system" },
        target: { type: "string", default: ".alumiini/cluster" },
        "kube-context": { type: "string" },
        "cluster-id": { type: "string" },
        "poll-interval": { type: "string", default: "1m" },
        "reconcile-interval": { type: "string", default: "5m" },
        data: { type: "string", default: ".alumiini/data" },
        host: { type: "string", default: "127.0.0.1" },
        port: { type: "string", default: "8080" },
        pretty: { type: "boolean", default: false },
        help: { type: "boolean", default: false, short: "h" },
      },
    });
  } catch (error) {
    throw asUsageError(error);
  }
}

/** Package managers differ in whether they pass on the `--` that ends their own options. */
export function withoutLeadingDashes(args: readonly string[]): string[] {
  return args[0] === "--" ? args.slice(1) : [...args];
}

/** `parseArgs` throws TypeErrors with codes; their messages say which option. */
export function asUsageError(error: unknown): unknown {
  const fromParseArgs =
    error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
  return fromParseArgs ? new UsageError(`${error.message.split(". ", 1)[0]} (see --help)`) : error;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const MAX_INTERVAL_MS = 24 * 3_600_000;

function parseDuration(option: string, text: string): number {
  const [, amount, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const milliseconds = Number(amount) * (UNITS[unit] ?? Number.NaN);
  if (!(milliseconds >= 100 && milliseconds <= MAX_INTERVAL_MS)) {
    throw new UsageError(`${option} must be a time from 100ms to 24h, such as 30s or 5m`);
  }
  return milliseconds;
}

/** @throws {UsageError} when it is no port. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new UsageError("--port must be a number from 0 to 65535");
  return port;
}
