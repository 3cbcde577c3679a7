import { Command, CommanderError } from "commander";
import manifest from "../package.json" with { type: "json" };
import { CliError, EXIT } from "./client/errors.js";
import { ask } from "./commands/ask.js";
import type { Context } from "./commands/context.js";
import { backfillFrom, exportEvents, rebuild, tail } from "./commands/data.js";
import { command, EXITS, output, where } from "./commands/declare.js";
import { drainOutboxes, OUTBOX_COMMANDS, runOutbox } from "./commands/outbox.js";
import { PROMETHEUS_COMMANDS, runPrometheus } from "./commands/prometheus.js";
import { QUESTIONS } from "./commands/questions/index.js";
import { runServe } from "./commands/serve.js";
import { SETUPS, setup } from "./commands/setup.js";
import { OVERRIDES } from "./config/overrides.js";
import { ConfigError } from "./config/types.js";
import { SINKS } from "./serve/sinks.js";

/** Runs the command line. Returns the exit status; never throws. */
export async function run(args: readonly string[], context: Context): Promise<number> {
  let exit: number = EXIT.answered;
  const program = programOf(context, (status) => (exit = status));
  try {
    await program.parseAsync([...args], { from: "user" });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.answered : EXIT.usage;
    if (error instanceof ConfigError) {
      for (const problem of error.problems) context.err(`alumiini: ${problem}`);
      return EXIT.usage;
    }
    context.err(`alumiini: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof CliError ? error.exit : EXIT.failed;
  }
}

function programOf(context: Context, done: (status: number) => void): Command {
  const program = new Command("alumiini")
    .description(
      "Takes in what Flux, Argo CD, GitHub and GitLab deploy, keeps it, and answers what broke, when and why.",
    )
    .version(manifest.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.out(text.trimEnd()),
      writeErr: (text) => context.err(text.trimEnd()),
    })
    .showHelpAfterError("See --help.")
    .addHelpText("after", EXITS);

  const serve = command(program, "serve", "take deliveries, keep them, answer, and show the page", [
    "alumiini serve",
    "ALUMIINI_TOKEN_FILE=/run/secrets/token alumiini serve --listen 0.0.0.0:8080 --data /data",
    "alumiini serve --config alumiini.yaml --check",
  ]).option("--config <file>", "a YAML file; its schema is schema/alumiini.json of @alumiini/cli");
  for (const { option } of OVERRIDES) if (option !== undefined) serve.option(option.flags, option.description);
  serve.option("--check", "read the configuration, say what is wrong, and end");
  serve.action(async (options) => done(await runServe(options, context)));

  for (const question of QUESTIONS) {
    const asking = command(program, question.name, question.description, question.examples);
    for (const { name, description } of question.arguments ?? []) asking.argument(`<${name}>`, description);
    for (const [flags, description] of question.options) asking.option(flags, description);
    where(output(asking)).action(async () => done(await ask(question, asking.args, asking.opts(), context)));
  }

  const tailing = command(program, "tail", "what is stored from now on", ["alumiini tail --type sync_failed"]);
  for (const [flags, description] of [
    ["--type <types>", "only events of these types"],
    ["--repo <names>", "only these repositories"],
    ["-n, --namespace <names>", "only these namespaces"],
    ["--cluster-id <names>", "only these clusters"],
    ["--limit <number>", "end after so many"],
  ] as const)
    tailing.option(flags, description);
  where(output(tailing)).action(async (options) => done(await tail(options, context)));

  const exporting = command(program, "export", "stored events as one JSON object a line", [
    "alumiini export --since 2026-11-01 > events.ndjson",
  ]);
  for (const [flags, description] of [
    ["--since <time>", "RFC 3339, or milliseconds"],
    ["--until <time>", "not included"],
    ["--type <types>", "only these types"],
    ["--system <systems>", "alumiini, tapio, kulta, cdevents"],
  ] as const)
    exporting.option(flags, description);
  where(exporting).action(async (options) => done(await exportEvents(options, context)));

  where(
    command(program, "backfill", "store what the status of Kubernetes objects tells of the past", [
      "kubectl get kustomizations,helmreleases,gitrepositories -A -o json | alumiini backfill -",
    ]).argument("<file>", "what `kubectl get -o json` printed; - for standard input"),
  )
    .option("--cluster <name>", "the cluster, where no server runs")
    .action(async (file: string, options) => done(await backfillFrom(file, options, context)));

  where(
    command(program, "rebuild", "make all answers again from the stored events, with the server stopped", [
      "alumiini rebuild --data /data",
    ]),
  ).action(async (options) => done(await rebuild(options, context)));

  addOutbox(program, context, done);

  command(program, "setup", "print what a source needs to deliver here", [
    "alumiini setup flux --url https://alumiini.example/flux --secret alumiini-flux",
    "alumiini setup kubernetes --namespace alumiini | kubectl apply -f -",
  ])
    .argument("<system>", SETUPS.join(", "))
    .option("--url <url>", "where the source reaches this server")
    .option("--secret <name>", "the secret's name, never its value")
    .option("-n, --namespace <name>", "where the objects are put")
    .option("--from <namespaces>", "flux: the namespaces that are reported")
    .option("--image <image>", "kubernetes: the image")
    .action((system: string, options) => done(setup(system, options, context)));

  for (const [name, description] of Object.entries(PROMETHEUS_COMMANDS)) {
    // Its options and help are that program's own.
    program
      .command(name)
      .description(description)
      .helpOption(false)
      .allowUnknownOption()
      .argument("[options...]", "see --help")
      .action(async (rest: string[]) => done(await runPrometheus([name, ...rest])));
  }
  return program;
}

/** Adds `outbox`, with a command for each thing that can be done with what waits. */
function addOutbox(program: Command, context: Context, done: (status: number) => void): void {
  const outbox = program.command("outbox").description("what waits for sinks, and what they gave up");
  const sinks = `${SINKS.join(", ")}; default: all`;
  for (const [name, description] of Object.entries(OUTBOX_COMMANDS) as [keyof typeof OUTBOX_COMMANDS, string][]) {
    const one = command(outbox, name, description, [
      `alumiini outbox ${name}${name === "discard" ? " nats --dead-letters" : " --data /data"}`,
    ])
      .argument("[sinks...]", sinks)
      .option("--data <directory>", "the data directory (ALUMIINI_DATA)")
      .option("--config <file>", "the server's configuration (ALUMIINI_CONFIG)");
    if (name === "inspect") one.option("--json", "one JSON object for each outbox");
    else one.option("--pending", "messages that wait").option("--dead-letters", "messages that were given up");
    one.action(async (asked: string[], options) => done(await runOutbox(name, asked, options, context)));
  }
  for (const [name, description] of [
    ["drain", "deliver what waits, with the server stopped"],
    ["resend", "accept what was given up again, and deliver it, with the server stopped"],
  ] as const) {
    const one = command(outbox, name, description, [
      `alumiini outbox ${name} --config alumiini.yaml`,
      `alumiini outbox ${name} nats --nats nats://nats:4222 --nats-stream EVENTS --timeout 10m`,
    ])
      .argument("[sinks...]", sinks)
      .option("--config <file>", "the server's configuration (ALUMIINI_CONFIG)")
      .option("--timeout <span>", "how long to try, default 1m; what is left stays in the outbox");
    for (const { path, option } of OVERRIDES) {
      if (option !== undefined && (path[0] === "data" || path[0] === "sinks"))
        one.option(option.flags, option.description);
    }
    output(one).action(async (asked: string[], options) =>
      done(await drainOutboxes(name === "resend", asked, options, context)),
    );
  }
}
