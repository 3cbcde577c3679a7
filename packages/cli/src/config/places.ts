import { join } from "node:path";
import type { SinkName } from "./types.js";

/** The file in which the server of a data directory says how to reach it. */
export function addressFile(data: string): string {
  return join(data, "server.json");
}

/** The file of the history in a data directory. */
export function historyFile(data: string): string {
  return join(data, "history.duckdb");
}

/** Where a sink's outbox is. */
export function outboxDirectory(data: string, sink: SinkName): string {
  return join(data, "outbox", sink);
}
