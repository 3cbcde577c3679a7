import { existsSync } from "node:fs";
import { acceptDeadLettersAgain, inspectOutbox } from "@alumiini/outbox";
import { runningServer, settingsOf } from "../client/answers.js";
import { CliError, EXIT } from "../client/errors.js";
import type { Settings } from "../config/load.js";
import { outboxDirectory } from "../config/places.js";
import { SINKS, type SinkName } from "../config/types.js";
import { readSpan } from "../output/moment.js";
import { type Cell, cell, table } from "../output/table.js";
import { count } from "../output/words.js";
import { createLog } from "../serve/log.js";
import { type Forwarding, openSinks } from "../serve/sinks.js";
import { type Context, styleOf } from "./context.js";
import { runProgramOf } from "./run-program.js";

type Options = Readonly<Record<string, unknown>>;

/** Runs `alumiini-outbox` on each outbox that is asked for. Returns the highest exit status. */
export async function runOutbox(
  name: "inspect" | "export" | "discard",
  asked: readonly string[],
  options: Options,
  context: Context,
): Promise<number> {
  const { data } = settingsOf({ options, env: context.env });
  const sinks = namesOf(asked);
  const there = SINKS.filter((sink) => sinks.includes(sink) && existsSync(outboxDirectory(data, sink)));
  if (there.length === 0) throw new CliError(EXIT.nothingToAsk, `${data} has no outbox of ${sinks.join(", ")}`);
  const flags = (["json", "pending", "deadLetters"] as const).filter((flag) => options[flag] === true);
  const args = flags.map((flag) => (flag === "deadLetters" ? "--dead-letters" : `--${flag}`));
  let worst = 0;
  for (const sink of there) {
    const status = await runProgramOf("@alumiini/outbox", [name, outboxDirectory(data, sink), ...args]);
    worst = Math.max(worst, status);
  }
  return worst;
}

/** What became of one sink's messages. */
interface Drained {
  readonly sink: SinkName;
  readonly resent: number;
  readonly delivered: number;
  readonly pending: number;
  readonly dropped: number;
  readonly lastError: string | null;
}

/**
 * Delivers what waits in the outboxes, with the configured sinks, while no server runs. `resend` accepts the dead letters
 * again first.
 */
export async function drainOutboxes(
  resend: boolean,
  asked: readonly string[],
  options: Options,
  context: Context,
): Promise<number> {
  const settings = settingsOf({ options, env: context.env });
  const timeoutMs = readSpan(typeof options["timeout"] === "string" ? options["timeout"] : "1m");
  const wanted = namesOf(asked);
  const configured = wanted.filter((sink) => settings.sinks?.[sink] !== undefined);
  const missing = asked.length === 0 ? [] : wanted.filter((sink) => !configured.includes(sink));
  if (missing.length > 0 || configured.length === 0) {
    const names = missing.length > 0 ? missing.join(", ") : "sink";
    throw new CliError(
      EXIT.usage,
      `no ${names} is configured; name the server's configuration with --config, or see --help`,
    );
  }
  const sinks = configured.filter((sink) => existsSync(outboxDirectory(settings.data, sink)));
  for (const sink of sinks) await refuseWhileHeld(settings, sink);
  const resent = new Map<SinkName, number>();
  if (resend) {
    for (const sink of sinks) resent.set(sink, await acceptDeadLettersAgain(outboxDirectory(settings.data, sink)));
  }
  const log = createLog("text", context.err);
  const only = Object.fromEntries(sinks.map((sink) => [sink, settings.sinks?.[sink]]));
  const forwardings = openSinks({ ...settings, sinks: only }, log);
  const signal = AbortSignal.timeout(timeoutMs);
  const stopProgress = context.isTerminal ? showProgress(forwardings, context) : () => {};
  const drained = await Promise.all(forwardings.map((each) => drain(each, resent.get(each.kind) ?? 0, signal)));
  stopProgress();
  print(drained, options, context);
  return drained.every(({ pending, dropped }) => pending === 0 && dropped === 0) ? EXIT.answered : EXIT.failed;
}

async function drain({ kind, sink }: Forwarding, resent: number, signal: AbortSignal): Promise<Drained> {
  // What it rejects with is in the counts.
  await sink.flush(signal).catch(() => {});
  await sink.close(AbortSignal.timeout(3000)).catch(() => {});
  const { delivered, pending, dropped, lastError } = sink.stats();
  const given = Object.values(dropped).reduce((sum, each) => sum + each, 0);
  return {
    sink: kind,
    resent,
    delivered,
    pending,
    dropped: given,
    lastError: pending > 0 ? (lastError ?? null) : null,
  };
}

/** @throws {CliError} while another process has the outbox */
async function refuseWhileHeld({ data }: Settings, sink: SinkName): Promise<void> {
  const directory = outboxDirectory(data, sink);
  if (!(await inspectOutbox(directory)).inUse) return;
  const server = await runningServer(data);
  const holder = server === undefined ? "another process" : `the server at ${server}`;
  throw new CliError(EXIT.nothingToAsk, `${holder} has ${directory} and delivers what waits; stop it first`);
}

function namesOf(asked: readonly string[]): readonly SinkName[] {
  return asked.length === 0 ? SINKS : SINKS.filter((sink) => asked.includes(sink));
}

function print(drained: readonly Drained[], options: Options, context: Context): void {
  const format = options["output"];
  if (format === "json" || format === "ndjson") {
    if (format === "json") context.out(JSON.stringify({ sinks: drained }, null, 2));
    else for (const each of drained) context.out(JSON.stringify(each));
    return;
  }
  const style = styleOf(options, context);
  const number = (value: number): Cell => ({ text: count(value), value });
  const columns = [
    { header: "SINK", cell: ({ sink }: Drained) => cell(sink) },
    { header: "SENT AGAIN", right: true, cell: ({ resent }: Drained) => number(resent) },
    { header: "DELIVERED", right: true, cell: ({ delivered }: Drained) => number(delivered) },
    { header: "WAITING", right: true, cell: ({ pending }: Drained) => number(pending) },
    { header: "GIVEN UP", right: true, cell: ({ dropped }: Drained) => number(dropped) },
    { header: "WHY", shrinks: true, cell: ({ lastError }: Drained) => cell(lastError) },
  ] as const;
  for (const line of table(drained, columns, style)) context.out(line);
  if (!style.isTable) return;
  if (drained.length === 0) context.out("No configured sink has an outbox yet, so nothing waits.");
  if (drained.some(({ dropped }) => dropped > 0)) {
    context.out("What was given up is kept: `alumiini outbox export --dead-letters` shows it and why.");
  }
}

/** Prints its progress on the terminal every two seconds. Returns a function that stops it. */
function showProgress(forwardings: readonly Forwarding[], context: Context): () => void {
  const timer = setInterval(() => {
    const parts = forwardings.map(({ kind, sink }) => {
      const { delivered, pending } = sink.stats();
      return `${kind}: ${count(delivered)} delivered, ${count(pending)} wait`;
    });
    context.err(parts.join("; "));
  }, 2000);
  return () => clearInterval(timer);
}
