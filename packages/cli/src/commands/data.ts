import { readFileSync } from "node:fs";
import { text as readAll } from "node:stream/consumers";
import type { EventsAnswer, StoredEvent } from "@alumiini/history";
import { type Answers, openAnswers, openStored, runningServer, settingsOf } from "../client/answers.js";
import { CliError, EXIT } from "../client/errors.js";
import { Fields } from "../client/fields.js";
import { clientToken } from "../config/load.js";
import { type Style, time, visible } from "../output/words.js";
import { type Context, styleOf } from "./context.js";
import { withRepositories } from "./find-repository.js";
import { range, scope } from "./questions/parameters.js";

type Options = Readonly<Record<string, unknown>>;

/** Most events of the past that `tail` shows. */
const MOST_PAST = 10_000;

/**
 * Follows what is stored from now on, until interrupted. With `--since` it begins with what was stored before; with
 * `--until` it ends there.
 */
export async function tail(options: Options, context: Context): Promise<number> {
  const answers = await openAnswers({ options, env: context.env });
  const stop = new AbortController();
  try {
    const { since, until } = range(options, context.now());
    const follows = until === undefined;
    if (follows && answers.server === undefined)
      throw new CliError(
        EXIT.nothingToAsk,
        "no server runs, so nothing new is stored; start one with `alumiini serve`, or name a past with --since and --until",
      );
    let left = typeof options["limit"] === "string" ? Number(options["limit"]) : Number.POSITIVE_INFINITY;
    if (!(left >= 1)) throw new CliError(EXIT.usage, "--limit must be a number, 1 or more");
    const scoped = scope(await withRepositories(options, answers));
    const parameters = parametersOf({ ...scoped, type: options["type"], system: options["system"] });
    const print = printer(styleOf(options, context), options, context);
    // The stream first: nothing is missed in between.
    const stream = follows ? await answers.get("/v1/tail", parameters, stop.signal) : undefined;
    const seen = new Set<string | null>();
    if (since !== undefined || !follows) {
      const most = Math.min(left, MOST_PAST);
      const { events, isCut } = await past(answers, parametersOf({ since, until }, parameters), most);
      if (isCut && left > most) context.err(`alumiini: only the newest ${most} are shown; \`alumiini export\` has all`);
      for (const event of events) {
        seen.add(event.text("eventId"));
        print(event);
      }
      left -= events.length;
    }
    if (stream === undefined || left <= 0) return EXIT.answered;
    for await (const { kind, data } of serverSentEvents(stream)) {
      if (kind === "lost") context.err("alumiini: events were missed; ask again for what is shown");
      if (kind !== "event") continue;
      const event = new Fields<StoredEvent>(data);
      if (seen.has(event.text("eventId"))) continue;
      print(event);
      if (--left <= 0) break;
    }
    return EXIT.answered;
  } finally {
    stop.abort();
    await answers.close();
  }
}

/** The newest events of a range, the oldest first. */
async function past(answers: Answers, parameters: URLSearchParams, most: number) {
  const events: Fields<StoredEvent>[] = [];
  for await (const event of storedEvents(answers, parameters)) {
    if (events.length === most) return { events: events.reverse(), isCut: true };
    events.push(event);
  }
  return { events: events.reverse(), isCut: false };
}

function printer(style: Style, options: Options, context: Context): (event: Fields<StoredEvent>) => void {
  // A followed stream never ends, so JSON is one object a line.
  const isTable = style.isTable && options["output"] !== "json" && options["output"] !== "ndjson";
  return (event) => {
    if (!isTable) return context.out(JSON.stringify(event.raw));
    const repository = `${event.text("namespace") ?? "-"}/${event.text("repoName") ?? "-"}`;
    context.out(visible(`${time(event.number("at"), style)}  ${repository}  ${event.text("title") ?? ""}`));
  };
}

async function* serverSentEvents(response: Response): AsyncGenerator<{ kind: string; data: unknown }> {
  let buffer = "";
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    buffer += piece;
    const blocks = buffer.split("\n\n");
    buffer = blocks.pop() ?? "";
    for (const block of blocks) {
      const kind = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (kind !== undefined && data !== undefined) yield { kind, data: JSON.parse(data) };
    }
  }
}

/**
 * Makes the projections again. Not while a server has the data: DuckDB's file is its own, and with PostgreSQL its
 * deliveries wait for the end of the rebuild, so the user has to ask for it.
 */
export async function rebuild(options: Options, context: Context): Promise<number> {
  const settings = settingsOf({ options, env: context.env });
  const isShared = settings.history?.postgresql !== undefined;
  const isWanted = isShared && options["besideServers"] === true;
  const refuse = (what: string) => {
    const how = isShared ? "stop it first, or let its deliveries wait with --beside-servers" : "stop it first";
    return new CliError(EXIT.nothingToAsk, `${what}; ${how}`);
  };
  const running = isWanted ? undefined : await runningServer(settings.data);
  if (running !== undefined) throw refuse(`${running} has ${settings.data}`);
  const history = await openStored(settings, false);
  try {
    if (isShared && !isWanted && (await history.isRecordedElsewhere()))
      throw refuse("a server records into this database");
    context.out(`${await history.rebuild()} events projected again.`);
    return EXIT.answered;
  } finally {
    await history.close();
  }
}

/** Prints stored events as one JSON object a line, the newest first. */
export async function exportEvents(options: Options, context: Context): Promise<number> {
  const answers = await openAnswers({ options, env: context.env });
  try {
    const parameters = parametersOf({
      ...scope(await withRepositories(options, answers)),
      ...range(options, context.now()),
      type: options["type"],
      system: options["system"],
      eventId: options["event"],
    });
    let count = 0;
    for await (const { raw } of storedEvents(answers, parameters)) {
      context.out(JSON.stringify(raw));
      count++;
    }
    if (count > 0 || options["event"] === undefined) return EXIT.answered;
    throw new CliError(EXIT.failed, "nothing is stored under this id; it may be older than the retention");
  } finally {
    await answers.close();
  }
}

async function* storedEvents(answers: Answers, parameters: URLSearchParams): AsyncGenerator<Fields<StoredEvent>> {
  parameters.set("limit", "500");
  for (;;) {
    const page = new Fields<EventsAnswer>(await (await answers.get("/v1/events", parameters)).json());
    yield* page.list("items");
    const cursor = page.text("nextCursor");
    if (cursor === null) return;
    parameters.set("cursor", cursor);
  }
}

function parametersOf(values: Options, base?: URLSearchParams): URLSearchParams {
  const parameters = new URLSearchParams(base);
  for (const [name, value] of Object.entries(values)) if (value !== undefined) parameters.set(name, String(value));
  return parameters;
}

/** Stores past events from the status of Kubernetes objects: those that webhooks lost. */
export async function backfillFrom(file: string, options: Options, context: Context): Promise<number> {
  const given = { options, env: context.env };
  const printed = file === "-" ? await readAll(process.stdin) : readFile(file);
  const settings = settingsOf(given);
  const named = options["server"] ?? context.env["ALUMIINI_SERVER"];
  const server = typeof named === "string" ? named.replace(/\/$/, "") : await runningServer(settings.data);
  if (server !== undefined) return await deliver(server, printed, clientToken(given), context);
  const [{ createTelemetry }, { backfill }] = await Promise.all([import("@alumiini/core"), import("@alumiini/ingest")]);
  const { events, suspensions, rejected } = backfill(printed, { clusterId: settings.cluster });
  if (rejected[0] !== undefined && events.length === 0)
    throw new CliError(EXIT.failed, `${rejected[0].path || "input"} ${rejected[0].message}`);
  const history = await openStored(settings, false);
  const telemetry = createTelemetry({ clusterId: settings.cluster });
  try {
    telemetry.subscribe(history.subscriber());
    const results = events.map((event) => ({ id: event.id, result: telemetry.relay(event, { late: true }) }));
    const refused = results
      .map(({ result }) => (typeof result === "object" ? result.refused : undefined))
      .find(Boolean);
    const stored = results.filter(({ result }) => typeof result !== "object").map(({ id }) => id);
    for (const suspension of suspensions) telemetry.measure("suspension", suspension);
    await telemetry.stored({ subscribers: ["history"], eventIds: stored, timeoutMs: 60_000 });
    context.out(`${stored.length} events stored.`);
    if (refused !== undefined) throw new CliError(EXIT.failed, `${events.length - stored.length} refused: ${refused}`);
    return EXIT.answered;
  } finally {
    await telemetry.close();
    await history.close();
  }
}

async function deliver(server: string, body: string, token: string | undefined, context: Context): Promise<number> {
  const headers = {
    "content-type": "application/json",
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const response = await fetch(`${server}/backfill`, { method: "POST", headers, body }).catch(() => undefined);
  if (response === undefined) throw new CliError(EXIT.nothingToAsk, `${server} does not answer`);
  const answer = visible((await response.text()).slice(0, 500).trim());
  if (response.status === 401)
    throw new CliError(EXIT.notAllowed, "the token is missing or wrong; set ALUMIINI_TOKEN or --token-file");
  if (!response.ok) throw new CliError(EXIT.failed, `the server answered ${response.status}: ${answer}`);
  context.out(answer);
  return EXIT.answered;
}

function readFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CliError(EXIT.failed, `${file} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
