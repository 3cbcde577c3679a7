import { readFileSync } from "node:fs";
import { text as readAll } from "node:stream/consumers";
import { createTelemetry } from "@alumiini/core";
import { backfill } from "@alumiini/ingest";
import { openAnswers, openStored, runningServer, settingsOf } from "../client/answers.js";
import { CliError, EXIT } from "../client/errors.js";
import { Fields } from "../client/fields.js";
import { clientToken } from "../config/load.js";
import { time, visible } from "../output/words.js";
import { type Context, styleOf } from "./context.js";

type Options = Readonly<Record<string, unknown>>;

/** Follows what is stored from now on, until interrupted. */
export async function tail(options: Options, context: Context): Promise<number> {
  const answers = await openAnswers({ options, env: context.env });
  try {
    if (answers.server === undefined)
      throw new CliError(
        EXIT.nothingToAsk,
        "no server runs, so nothing new is stored; start one with `alumiini serve`",
      );
    const parameters = new URLSearchParams();
    for (const [name, option] of [
      ["type", "type"],
      ["repoName", "repo"],
      ["clusterId", "clusterId"],
      ["namespace", "namespace"],
    ] as const) {
      if (typeof options[option] === "string") parameters.set(name, options[option]);
    }
    const stop = new AbortController();
    const response = await answers.get("/v1/tail", parameters, stop.signal);
    const style = styleOf(options, context);
    let left = typeof options["limit"] === "string" ? Number(options["limit"]) : Number.POSITIVE_INFINITY;
    for await (const { kind, data } of serverSentEvents(response)) {
      if (kind === "lost") context.err("alumiini: events were missed; ask again for what is shown");
      if (kind !== "event") continue;
      const event = new Fields<{ at: number; title: string; clusterId: string; namespace: string; repoName: string }>(
        data,
      );
      if (style.isTable)
        context.out(
          visible(
            `${time(event.number("at"), style)}  ${event.text("namespace") ?? "-"}/${event.text("repoName") ?? "-"}  ${event.text("title") ?? ""}`,
          ),
        );
      else context.out(JSON.stringify(data));
      if (--left <= 0) break;
    }
    stop.abort();
    return EXIT.answered;
  } finally {
    await answers.close();
  }
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

/** Makes the projections again. Only while no server has the data: nothing that is reachable may write. */
export async function rebuild(options: Options, context: Context): Promise<number> {
  const settings = settingsOf({ options, env: context.env });
  const running = settings.history?.postgresql === undefined ? await runningServer(settings.data) : undefined;
  if (running !== undefined) throw new CliError(EXIT.nothingToAsk, `${running} has ${settings.data}; stop it first`);
  const history = await openStored(settings, false);
  try {
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
    const parameters = new URLSearchParams({ limit: "500" });
    for (const name of ["since", "until", "type", "system"]) {
      const value = options[name];
      if (typeof value === "string") parameters.set(name, value);
    }
    for (;;) {
      const page = new Fields<{ items: readonly object[]; nextCursor: string | null }>(
        await (await answers.get("/v1/events", parameters)).json(),
      );
      for (const { raw } of page.list("items")) context.out(JSON.stringify(raw));
      const cursor = page.text("nextCursor");
      if (cursor === null) return EXIT.answered;
      parameters.set("cursor", cursor);
    }
  } finally {
    await answers.close();
  }
}

/** Stores what the status of Kubernetes objects tells of the past: for what webhooks lost. */
export async function backfillFrom(file: string, options: Options, context: Context): Promise<number> {
  const given = { options, env: context.env };
  const printed = file === "-" ? await readAll(process.stdin) : readFile(file);
  const settings = settingsOf(given);
  const named = options["server"] ?? context.env["ALUMIINI_SERVER"];
  const server = typeof named === "string" ? named.replace(/\/$/, "") : await runningServer(settings.data);
  if (server !== undefined) return await deliver(server, printed, clientToken(given), context);
  const { events, suspensions, rejected } = backfill(printed, { clusterId: settings.cluster });
  if (rejected[0] !== undefined && events.length === 0)
    throw new CliError(EXIT.failed, `${rejected[0].path || "input"} ${rejected[0].message}`);
  const history = await openStored(settings, false);
  const telemetry = createTelemetry({ clusterId: settings.cluster });
  try {
    telemetry.subscribe(history.subscriber());
    for (const event of events) telemetry.relay(event, { late: true });
    for (const suspension of suspensions) telemetry.measure("suspension", suspension);
    await telemetry.stored({ subscribers: ["history"], eventIds: events.map(({ id }) => id), timeoutMs: 60_000 });
    context.out(`${events.length} events stored.`);
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
