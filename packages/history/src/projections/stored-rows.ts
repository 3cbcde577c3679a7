import type { Reader } from "../store/store.js";
import type { ColumnsOf, TableDefinition } from "../store/table.js";
import { type Facts, factsOf } from "./facts.js";
import { partsOf, storedKey } from "./keys.js";
import type { SyncFacts } from "./repositories.js";
import {
  COMMITS,
  type CommitRow,
  DRIFTS,
  type DriftRow,
  EVENTS,
  LINKS,
  type LinkRow,
  REPOSITORIES,
  type RepositoryRow,
  SYNCS,
  type SyncTableRow,
} from "./tables.js";

/** What the projector reads again. Keys are those of `keys.ts`: parts with a NUL between them. */

/** The events of these syncs, of whatever repository, without those that have just been written. */
export async function eventsOfSyncs(
  syncs: readonly string[],
  written: { readonly from: number; readonly to: number } | undefined,
  read: Reader,
): Promise<Facts[]> {
  if (syncs.length === 0) return [];
  const rows = await read.query({
    sql: `select ${columns(EVENTS)} from events where sync in (select unnest($1::text[])) and not (seq >= $2::bigint and seq <= $3::bigint)`,
    parameters: [[...new Set(syncs)], written?.from ?? -1, written?.to ?? -1],
    columns: EVENTS.columns,
  });
  return rows.flatMap((row) => factsOf(row) ?? []);
}

/** The rows of these syncs that have one. */
export async function syncRows(keys: readonly string[], read: Reader): Promise<SyncTableRow[]> {
  return await byKey(SYNCS, ["cluster", "namespace", "repo", "sync"], keys, read);
}

/** The names of all syncs. */
export async function syncNames(read: Reader) {
  return await read.query({
    sql: "select cluster, namespace, repo, sync from syncs",
    columns: { cluster: "text", namespace: "text", repo: "text", sync: "text" },
  });
}

export async function repositories(keys: readonly string[], read: Reader): Promise<RepositoryRow[]> {
  return await byKey(REPOSITORIES, ["id"], keys.map(storedKey), read);
}

/** What a repository's row is made of: all syncs of these repositories. */
export async function syncFacts(keys: readonly string[], read: Reader) {
  if (keys.length === 0) return [];
  const { condition, parameters } = among(["cluster", "namespace", "repo"], keys);
  const rows = await read.query({
    sql: `select cluster, namespace, repo, sync, at_ts, ended_at, outcome, revision, change from syncs where ${condition}`,
    parameters,
    columns: {
      cluster: "text",
      namespace: "text",
      repo: "text",
      sync: "text",
      at_ts: "bigint",
      ended_at: "bigint?",
      outcome: "text",
      revision: "text?",
      change: "text",
    },
  });
  return rows satisfies readonly SyncFacts[];
}

export async function drifts(keys: readonly string[], read: Reader): Promise<DriftRow[]> {
  return await byKey(DRIFTS, ["cluster", "namespace", "repo", "resource"], keys, read);
}

export async function links(keys: readonly string[], read: Reader): Promise<LinkRow[]> {
  return await byKey(LINKS, ["cluster", "namespace", "repo", "target", "week"], keys, read);
}

export async function commits(keys: readonly string[], read: Reader): Promise<CommitRow[]> {
  return await byKey(COMMITS, ["revision"], keys, read);
}

async function byKey<C extends ColumnsOf>(
  table: TableDefinition<C>,
  key: readonly string[],
  keys: readonly string[],
  read: Reader,
) {
  if (keys.length === 0) return [];
  const { condition, parameters } = among(key, keys);
  return await read.query({
    sql: `select ${columns(table)} from ${table.name} where ${condition}`,
    parameters,
    columns: table.columns,
  });
}

function columns(table: TableDefinition): string {
  return Object.keys(table.columns).join(", ");
}

/** That the columns have the values of one of the keys. */
function among(key: readonly string[], keys: readonly string[]): { condition: string; parameters: string[][] } {
  const parts = keys.map(partsOf);
  const parameters = key.map((_, index) => parts.map((part) => part[index] ?? ""));
  const lists = key.map((column, index) => `unnest($${index + 1}::text[])${column === "week" ? "::bigint" : ""}`);
  const left = key.length === 1 ? key.join() : `(${key.join(", ")})`;
  return { condition: `${left} in (select ${lists.join(", ")})`, parameters };
}
