import { Argument, Command, CommanderError } from "commander";
import manifest from "../package.json" with { type: "json" };
import { CliError, EXIT } from "./client/errors.js";
import type { Context } from "./commands/context.js";
import {
  command,
  EXITS,
  OUTBOX_COMMANDS,
  options,
  output,
  PROMETHEUS_COMMANDS,
  SETUPS,
  stored,
  takesTimes,
  where,
} from "./commands/declare.js";
import { QUESTIONS } from "./commands/questions/index.js";
import { RANGE, SCOPE, TYPES } from "./commands/questions/parameters.js";
import { completionScript, SHELLS, type Shell } from "./completion/scripts.js";
import { completionTree } from "./completion/tree.js";
import { OVERRIDES } from "./config/overrides.js";
import { ConfigError, SINKS } from "./config/types.js";

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

// Loaded when it is run: DuckDB, brokers' clients and the page take longer to load than most commands to answer.
const data = () => import("./commands/data.js");

/** All commands, with their options and what they run. */
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

  const serve = command(
    program,
    "serve",
    "receive deliveries, store their events, answer questions, and serve the page",
    [
      "alumiini serve",
      "ALUMIINI_TOKEN_FILE=/run/secrets/token alumiini serve --listen 0.0.0.0:8080 --data /data",
      "alumiini serve --config alumiini.yaml --check",
    ],
  ).option("--config <file>", "a YAML file; its schema is schema/alumiini.json of @alumiini/cli");
  for (const { option } of OVERRIDES) if (option !== undefined) serve.option(option.flags, option.description);
  serve.option("--check", "read the configuration, say what is wrong, and end");
  serve.action(async (given) => done(await (await import("./commands/serve.js")).runServe(given, context)));

  for (const question of QUESTIONS) {
    const asking = command(program, question.name, question.description, question.examples);
    for (const { name, description, optional } of question.arguments ?? []) {
      asking.argument(optional ? `[${name}]` : `<${name}>`, description);
    }
    options(asking, question.options);
    if (question.arguments !== undefined) takesTimes(asking);
    where(output(asking)).action(async () => {
      const { ask } = await import("./commands/ask.js");
      done(await ask(question, asking.args, asking.opts(), context));
    });
  }

  const tailing = command(program, "tail", "follow events as they are stored; --since prints earlier ones first", [
    "alumiini tail --type sync_failed",
    "alumiini tail --since 1h",
  ]);
  options(tailing, [...SCOPE, ...TYPES, ...RANGE, ["--limit <number>", "stop after this many"]]);
  where(output(tailing)).action(async (given) => done(await (await data()).tail(given, context)));

  const exporting = command(program, "export", "stored events as one JSON object a line, the newest first", [
    "alumiini export --since 2026-11-01 > events.ndjson",
    "alumiini export --event 01K9ZJX2T3",
  ]);
  options(exporting, [...SCOPE, ...TYPES, ...RANGE, ["--event <ids>", "only these events"]]);
  where(exporting).action(async (given) => done(await (await data()).exportEvents(given, context)));

  where(
    command(program, "backfill", "store past events from the status of Kubernetes objects", [
      "kubectl get kustomizations,helmreleases,gitrepositories -A -o json | alumiini backfill -",
    ]).argument("<file>", "what `kubectl get -o json` printed; - for standard input"),
  )
    .option("--cluster <name>", "the cluster, where no server runs")
    .action(async (file: string, given) => done(await (await data()).backfillFrom(file, given, context)));

  stored(
    command(program, "rebuild", "recompute all answers from the stored events, with the server stopped", [
      "alumiini rebuild --data /data",
    ]).option("--beside-servers", "with PostgreSQL: run while servers record; their deliveries wait until it is done"),
  ).action(async (given) => done(await (await data()).rebuild(given, context)));

  addOutbox(program, context, done);

  where(
    command(program, "mcp", "answer an assistant over the Model Context Protocol, on standard input and output", [
      "alumiini mcp --server https://alumiini.example --token-file ~/.alumiini-token",
    ]),
  ).action(async (given) => done(await (await import("./commands/mcp.js")).runMcp(given, context)));

  command(program, "setup", "print what a source needs to deliver here", [
    "alumiini setup flux --url https://alumiini.example/flux --secret alumiini-flux",
    "alumiini setup kubernetes --namespace alumiini | kubectl apply -f -",
  ])
    .addArgument(new Argument("<system>", "what delivers, or where the server runs").choices(SETUPS))
    .option("--url <url>", "where the source reaches this server")
    .option("--secret <name>", "the secret's name, never its value")
    .option("-n, --namespace <name>", "the namespace of the objects")
    .option("--from <namespaces>", "flux: the namespaces to report")
    .option("--image <image>", "kubernetes: the image")
    .option("--replicas <number>", "kubernetes: 1 with DuckDB (default); 2 to 9 with PostgreSQL")
    .action(async (system: string, given) => done((await import("./commands/setup.js")).setup(system, given, context)));

  command(program, "completion", "print what completes commands and options in a shell", [
    "source <(alumiini completion bash)",
    "alumiini completion fish > ~/.config/fish/completions/alumiini.fish",
  ])
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .action((shell: Shell) => context.out(completionScript(shell, "alumiini", completionTree(program)).trimEnd()));

  for (const [name, description] of PROMETHEUS_COMMANDS) {
    // Its options and help are that program's own.
    program
      .command(name)
      .description(description)
      .helpOption(false)
      .allowUnknownOption()
      .argument("[options...]", "see --help")
      .action(async (rest: string[]) => {
        const { runProgramOf } = await import("./commands/run-program.js");
        done(await runProgramOf("@alumiini/prometheus", [name, ...rest]));
      });
  }
  return program;
}

/** Adds `outbox`, with a command for each thing that can be done with what waits. */
function addOutbox(program: Command, context: Context, done: (status: number) => void): void {
  const outbox = program.command("outbox").description("messages that wait for sinks, and those they gave up");
  for (const [name, description] of OUTBOX_COMMANDS) {
    const one = command(outbox, name, description, [
      `alumiini outbox ${name}${name === "discard" ? " nats --dead-letters" : " --data /data"}`,
    ])
      .addArgument(new Argument("[sinks...]", "default: all").choices(SINKS))
      .option("--data <directory>", "the data directory (ALUMIINI_DATA)")
      .option("--config <file>", "the server's configuration (ALUMIINI_CONFIG)");
    if (name === "inspect") one.option("--json", "one JSON object for each outbox");
    else one.option("--pending", "messages that wait").option("--dead-letters", "messages that were given up");
    one.action(async (asked: string[], given) =>
      done(await (await import("./commands/outbox.js")).runOutbox(name, asked, given, context)),
    );
  }
  for (const [name, description] of [
    ["drain", "deliver what waits, with the server stopped"],
    ["resend", "queue what was given up again and deliver it, with the server stopped"],
  ] as const) {
    const one = command(outbox, name, description, [
      `alumiini outbox ${name} --config alumiini.yaml`,
      `alumiini outbox ${name} nats --nats nats://nats:4222 --nats-stream EVENTS --timeout 10m`,
    ])
      .addArgument(new Argument("[sinks...]", "default: all").choices(SINKS))
      .option("--config <file>", "the server's configuration (ALUMIINI_CONFIG)")
      .option("--timeout <span>", "how long to try, default 1m; what is left stays in the outbox");
    for (const { path, option } of OVERRIDES) {
      if (option !== undefined && (path[0] === "data" || path[0] === "sinks"))
        one.option(option.flags, option.description);
    }
    output(one).action(async (asked: string[], given) =>
      done(await (await import("./commands/outbox.js")).drainOutboxes(name === "resend", asked, given, context)),
    );
  }
}
