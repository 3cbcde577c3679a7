import { existsSync, readFileSync } from "node:fs";
import type { History } from "@alumiini/history";
import { clientToken, type Given, loadSettings, type Settings } from "../config/load.js";
import { addressFile, historyFile } from "../config/places.js";
import { CliError, EXIT } from "./errors.js";

/** Where answers come from: a running server, or the history itself while none runs. Both speak `/v1`. */
export interface Answers {
  /** The server's address; undefined without one. */
  readonly server: string | undefined;
  /** @throws {CliError} where there is no answer */
  get(path: string, parameters: URLSearchParams, signal?: AbortSignal): Promise<Response>;
  close(): Promise<void>;
}

/** Finds the server by `--server`, `ALUMIINI_SERVER`, or the data directory; opens the history read-only where none runs. */
export async function openAnswers(given: Given): Promise<Answers> {
  const named = given.options["server"] ?? given.env["ALUMIINI_SERVER"];
  if (typeof named === "string") return serverAnswers(named, given);
  const settings = settingsOf(given);
  const running = await runningServer(settings.data);
  if (running !== undefined) return serverAnswers(running, given);
  return historyAnswers(await openStored(settings, true));
}

/** The configuration of a command that doesn't listen. */
export function settingsOf({ options, env }: Given): Settings {
  return loadSettings({ options, env: { ...env, ALUMIINI_LISTEN: undefined } });
}

const ALIVE_TIMEOUT_MS = 20_000;

/** Returns the address of the server that has a data directory, if it still runs. */
export async function runningServer(data: string): Promise<string | undefined> {
  let url: unknown;
  try {
    url = Reflect.get(Object(JSON.parse(readFileSync(addressFile(data), "utf8"))), "url");
  } catch {
    return undefined;
  }
  if (typeof url !== "string") return undefined;
  // A server that is gone refuses at once. A busy one must not be taken for gone: it holds the file.
  const alive = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(ALIVE_TIMEOUT_MS) }).then(
    (response) => response.ok,
    // If nothing listens, we know at once. A busy server is still a server.
    (error: unknown) => error instanceof Error && error.name === "TimeoutError",
  );
  return alive ? url : undefined;
}

/** @throws {CliError} where there is none, or another process has it */
export async function openStored({ data, history }: Settings, readOnly: boolean): Promise<History> {
  const postgresql = history?.postgresql;
  // Where a server answers, it need not be loaded.
  const { duckdbStore, openHistory, postgresStore, StoreHeld } = await import("@alumiini/history");
  try {
    if (postgresql === undefined) {
      const path = historyFile(data);
      return await openHistory({
        store: duckdbStore({ path, readOnly }),
        // It can't note when it was recording, which it need not.
        ...(readOnly && { onWarning: () => {} }),
      });
    }
    const { url, schema } = postgresql;
    return await openHistory({
      store: postgresStore({ connectionString: url, ...(schema !== undefined && { schema }) }),
    });
  } catch (error) {
    if (error instanceof StoreHeld) throw new CliError(EXIT.nothingToAsk, error.message);
    if (postgresql === undefined && !existsSync(historyFile(data))) {
      throw new CliError(
        EXIT.nothingToAsk,
        `no server runs, and ${data} has no history. Start one with \`alumiini serve\`, or name it with --server.`,
      );
    }
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(EXIT.nothingToAsk, `the history at ${data} can't be opened: ${why}`);
  }
}

function historyAnswers(history: History): Answers {
  return {
    server: undefined,
    async get(path, parameters) {
      return await checked(await history.fetch(new Request(`http://history${path}?${parameters}`)));
    },
    // Nothing was written, so nothing waits: closing the history would try to store when it was recording.
    close: () => history.store.close(),
  };
}

function serverAnswers(server: string, given: Given): Answers {
  if (!URL.canParse(server)) throw new CliError(EXIT.usage, `--server must be a URL, such as http://127.0.0.1:8080`);
  const base = server.replace(/\/$/, "");
  const token = clientToken(given);
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return {
    server: base,
    async get(path, parameters, signal = AbortSignal.timeout(60_000)) {
      let response: Response;
      try {
        response = await fetch(`${base}${path}?${parameters}`, { headers, signal });
      } catch (error) {
        if (signal.aborted && error instanceof Error && error.name === "AbortError") throw error;
        throw new CliError(EXIT.nothingToAsk, `${base} does not answer`);
      }
      return await checked(response);
    },
    async close() {},
  };
}

async function checked(response: Response): Promise<Response> {
  if (response.ok) return response;
  const body = await response.text();
  const message = messageIn(body) ?? `the server answered ${response.status}`;
  if (response.status === 401 || response.status === 403) {
    throw new CliError(EXIT.notAllowed, `${message}; set ALUMIINI_TOKEN or --token-file`);
  }
  if (response.status === 400) throw new CliError(EXIT.usage, message);
  if (response.status === 404 && response.headers.get("content-type")?.startsWith("application/json")) {
    throw new CliError(
      EXIT.failed,
      messageIn(body) ?? "nothing is stored under this id; it may be older than the retention",
    );
  }
  throw new CliError(response.status === 503 ? EXIT.nothingToAsk : EXIT.failed, message);
}

function messageIn(body: string): string | undefined {
  try {
    const message: unknown = Object(JSON.parse(body)).error?.message;
    return typeof message === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}
