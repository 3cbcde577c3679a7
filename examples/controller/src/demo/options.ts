import { parseArgs } from "node:util";
import { asUsageError, parsePort, withoutLeadingDashes } from "../cli/options.js";
import { parseRepositories, REPOSITORY_OPTIONS } from "../cli/repository-options.js";
import { UsageError } from "../cli/usage-error.js";
import type { Repository } from "../repository.js";

/** What the demo was started with. */
export interface DemoOptions {
  /** Whose content to run the scenario on; empty for the sample. */
  readonly repositories: readonly Repository[];
  /** Exit after the scenario instead of serving until Ctrl-C. */
  readonly once: boolean;
  /** Of the controller's HTTP interface; 0 for any free one. */
  readonly port: number;
  /** Log JSON lines instead of a log for people. */
  readonly json: boolean;
  /** NATS servers to send the events to as well. */
  readonly nats: string | undefined;
  /** Kafka brokers to send the events to as well. */
  readonly kafka: string | undefined;
  /** A receiver of CDEvents to send the events to as well. */
  readonly cdevents: string | undefined;
}

/** Printed for `--help`. */
export const HELP = `Runs a scenario with a real GitOps controller and shows its telemetry.

Usage: npx -y pnpm@12 demo:controller [--repo <url> [--branch <name>] [--path <directory>] [--repo …]] [options]

  --repo <url>         run it on the content of this repository instead of the sample; repeatable.
                       It is only ever read: the scenario's commits go to a local mirror.
  --branch <name>      default: the remote's default branch
  --path <directory>   where the manifests are; default: everywhere
  --once               exit after the scenario: 0 if every step saw its events, 1 if not
  --port <number>      default: any free port
  --nats <url>         send the events to JetStream too, into the stream ALUMIINI
  --kafka <host:port>  send the events to Kafka too, to the topic alumiini.events
  --cdevents <url>     send the events as CDEvents too, over HTTP
  --json               log JSON lines
`;

/**
 * Reads the demo's command line. Returns `"help"` where that is asked for.
 *
 * @throws {UsageError} saying what to change.
 */
export function parseDemoOptions(args: readonly string[]): DemoOptions | "help" {
  try {
    const { values, tokens } = parseArgs({
      args: withoutLeadingDashes(args),
      tokens: true,
      options: {
        ...REPOSITORY_OPTIONS,
        once: { type: "boolean", default: false },
        port: { type: "string", default: "0" },
        json: { type: "boolean", default: false },
        nats: { type: "string" },
        kafka: { type: "string" },
        cdevents: { type: "string" },
        help: { type: "boolean", default: false, short: "h" },
      },
    });
    if (values.help) return "help";
    const repositories = parseRepositories(tokens, "demo");
    const { once, json, nats, kafka, cdevents } = values;
    if (cdevents !== undefined && !/^https?:/.test(cdevents)) throw new UsageError("--cdevents must be an http(s) URL");
    return { repositories, once, port: parsePort(values.port), json, nats, kafka, cdevents };
  } catch (error) {
    throw asUsageError(error);
  }
}
