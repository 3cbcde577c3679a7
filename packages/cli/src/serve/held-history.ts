import { setTimeout as wait } from "node:timers/promises";
import { duckdbStore, type History, openHistory, postgresStore, StoreHeld } from "@alumiini/history";
import type { Settings } from "../config/load.js";
import { historyFile } from "../config/places.js";
import type { Log } from "./log.js";

/**
 * Opens the history; while another process has it, waits for that one to end.
 *
 * @param onHeld called with who has it, once for each holder
 */
export async function openHeldHistory(
  settings: Settings,
  log: Log,
  onHeld: (holder: string) => void,
  signal: AbortSignal,
): Promise<History> {
  let said = "";
  for (;;) {
    try {
      return await openHistory({
        store: storeOf(settings),
        retention: retentionOf(settings),
        onWarning: ({ code, message }) => log("warn", message, { code }),
      });
    } catch (error) {
      if (!(error instanceof StoreHeld)) throw error;
      if (said !== error.message) {
        onHeld(error.message);
        log("warn", "waiting for the data directory", { reason: error.message });
      }
      said = error.message;
      await wait(1000, undefined, { signal });
    }
  }
}

function storeOf({ history = {}, data }: Settings) {
  const { postgresql, memoryLimitMb } = history;
  if (postgresql !== undefined) {
    const { url, schema } = postgresql;
    return postgresStore({ connectionString: url, ...(schema !== undefined && { schema }) });
  }
  return duckdbStore({ path: historyFile(data), ...(memoryLimitMb !== undefined && { memoryLimitMb }) });
}

function retentionOf({ history }: Settings) {
  const { maxAge, maxBytes } = history?.retention ?? {};
  const [, count = "", unit] = /^(\d+)(h|d)$/.exec(maxAge ?? "") ?? [];
  return { maxAgeMs: unit === undefined ? undefined : Number(count) * (unit === "h" ? 36e5 : 864e5), maxBytes };
}
