import { BloomFilter } from "../store/duckdb/bloom-filter.js";
import type { Change, Projector, Reader } from "../store/store.js";
import type { Row } from "../store/table.js";
import { isDrift, mergeDrift } from "./drifts.js";
import { distinct, type Facts, factsOf } from "./facts.js";
import { keyOf, lastPartOf, repositoryKey } from "./keys.js";
import { commitOf, linksOf, mergeCommit, mergeLink } from "./links.js";
import { emptyRepository, isRetraction, mergeRepository, type SyncFacts, withoutSyncs } from "./repositories.js";
import { RowCache } from "./row-cache.js";
import * as reads from "./stored-rows.js";
import { MAX_EVENTS, reduceSync } from "./syncs.js";
import {
  COMMITS,
  type CommitRow,
  DRIFTS,
  type DriftRow,
  type EventRow,
  LINKS,
  type LinkRow,
  REPOSITORIES,
  type RepositoryRow,
  SYNCS,
  type SyncTableRow,
} from "./tables.js";

/**
 * Raise it with every change that makes other rows of the same events. A store that another version has projected is
 * rebuilt when it is opened.
 */
const VERSION = "2";

/** Syncs whose events are remembered: those under way, and the latest. */
const SYNCS_REMEMBERED = 5_000;
const ROWS_REMEMBERED = 50_000;

/** Events whose facts are remembered until they are projected: more than may wait to be stored. */
const FACTS_REMEMBERED = 30_000;

/** A projector that need not parse what has just been written. */
export interface HistoryProjector extends Projector {
  /** Takes a raw row that will come, and the wire form in its body. */
  expect(row: EventRow, wire: unknown): void;
}

/** A sync whose row has changed. */
interface ChangedSync {
  readonly old: SyncTableRow | undefined;
  readonly now: SyncTableRow;
}

/**
 * Makes the rows of all projections from new raw rows. The reducers are pure; this decides only which rows to read
 * again. What it remembers spares reads and changes nothing.
 */
export function createProjector({ sharedWriters }: { readonly sharedWriters: boolean }): HistoryProjector {
  const syncEvents = new RowCache<readonly Facts[]>(SYNCS_REMEMBERED);
  const repositories = new RowCache<RepositoryRow>(ROWS_REMEMBERED);
  const drifts = new RowCache<DriftRow>(ROWS_REMEMBERED);
  const links = new RowCache<LinkRow>(ROWS_REMEMBERED);
  const commits = new RowCache<CommitRow>(ROWS_REMEMBERED);
  const caches = [syncEvents, repositories, drifts, links, commits];
  const expected = new Map<string, Facts>();
  let projected: readonly Row[] = [];
  let knownSyncs: BloomFilter | undefined;
  let newSyncs: string[] = [];

  return {
    version: VERSION,
    expect(row, wire) {
      // Rows that are known already are never projected.
      if (expected.size >= FACTS_REMEMBERED) expected.clear();
      const facts = factsOf(row, wire);
      if (facts !== undefined) expected.set(row.id, facts);
    },
    async project(fresh, read) {
      newSyncs = [];
      projected = fresh;
      const facts = fresh.flatMap((row) => (isEventRow(row) ? (expected.get(row.id) ?? factsOf(row) ?? []) : []));
      if (facts.length === 0) return [];
      const changed = await changedSyncs(facts, read);
      return [
        syncChange(changed),
        await repositoryChange(facts, changed, read),
        await driftChange(facts.filter(isDrift), read),
        await linkChange(facts, read),
        await commitChange(
          facts.flatMap((each) => commitOf(each) ?? []),
          read,
        ),
      ].filter(({ append }) => append.length > 0);
    },
    committed() {
      for (const { id } of projected) expected.delete(String(id));
      for (const cache of caches) cache.commit();
      for (const key of newSyncs) knownSyncs?.add(key);
      newSyncs = [];
    },
    reset() {
      for (const cache of caches) cache.clear();
      knownSyncs = undefined;
      newSyncs = [];
    },
  };

  async function changedSyncs(facts: readonly Facts[], read: Reader): Promise<ChangedSync[]> {
    const groups = groupBy(
      facts.filter(({ row }) => row.sync !== null),
      (each) => syncKey(each),
    );
    if (groups.size === 0) return [];
    knownSyncs ??= sharedWriters ? undefined : await loadSyncNames(read);
    const unknown = [...groups.keys()].filter((key) => !syncEvents.has(key) && (knownSyncs?.mayHold(key) ?? true));
    // A look into the table of syncs spares looks into each month of events. What the row was must be read, not made of
    // the events: some of them may be stored and still to be projected.
    const rows = indexBy(await reads.syncRows(unknown, read), keyOfSync);
    const fresh = new Set(facts.map(({ row }) => row.id));
    const found = await reads.eventsOfSyncs([...rows.keys()].map(lastPartOf), numbersOf(projected), read);
    const stored = groupBy(
      found.filter(({ row }) => !fresh.has(row.id)),
      (each) => syncKey(each),
    );
    const changed: ChangedSync[] = [];
    for (const [key, group] of groups) {
      const known = syncEvents.get(key) ?? stored.get(key) ?? [];
      const all = [...known, ...group];
      const old = syncEvents.has(key) ? reduceSync(lastPartOf(key), known) : rows.get(key);
      const now = reduceSync(lastPartOf(key), all);
      syncEvents.set(key, all.length > MAX_EVENTS ? distinct(all).slice(0, MAX_EVENTS) : all);
      if (now === undefined || (old !== undefined && isEqual(old, now))) continue;
      if (old === undefined) newSyncs.push(key);
      changed.push({ old, now });
    }
    return changed;
  }

  function syncChange(changed: readonly ChangedSync[]): Change {
    const old = changed.flatMap(({ old }) => old ?? []);
    const times = old.map(({ first_ts }) => first_ts);
    return {
      table: SYNCS.name,
      remove: old.map(({ cluster, namespace, repo, sync }) => [cluster, namespace, repo, sync]),
      ...(times.length > 0 && { range: { from: Math.min(...times), to: Math.max(...times) } }),
      append: changed.map(({ now }) => now),
    };
  }

  async function repositoryChange(
    facts: readonly Facts[],
    changed: readonly ChangedSync[],
    read: Reader,
  ): Promise<Change> {
    const events = groupBy(facts, repositoryKey);
    const syncs = groupBy(changed, ({ now }) => repositoryKey(now));
    const keys = [...events.keys()];
    const missing = keys.filter((key) => !repositories.has(key));
    const stored = indexBy(await reads.repositories(missing, read), repositoryKey);
    for (const key of missing) repositories.load(key, stored.get(key));
    const takenBack = new Set(
      keys.filter((key) => syncs.get(key)?.some(({ old, now }) => old !== undefined && isRetraction(old, now))),
    );
    const merged = new Map<string, RepositoryRow>();
    for (const [key, group] of events) {
      const [first] = group;
      if (first === undefined || takenBack.has(key)) continue;
      const row = mergeRepository(repositories.get(key) ?? emptyRepository(first), group, factsOfSyncs(syncs.get(key)));
      if (row === undefined) takenBack.add(key);
      else merged.set(key, row);
    }
    for (const [key, row] of await madeAgain([...takenBack], events, syncs, read)) merged.set(key, row);
    const remove: string[][] = [];
    const append: RepositoryRow[] = [];
    for (const [key, now] of merged) {
      const old = repositories.get(key);
      if (old !== undefined && isEqual(old, now)) continue;
      if (old !== undefined) remove.push([now.id]);
      append.push(now);
      repositories.set(key, now);
    }
    return { table: REPOSITORIES.name, remove, append };
  }

  /** Rows of repositories, from all of their syncs. */
  async function madeAgain(
    keys: readonly string[],
    events: ReadonlyMap<string, readonly Facts[]>,
    syncs: ReadonlyMap<string, readonly ChangedSync[]>,
    read: Reader,
  ): Promise<[string, RepositoryRow][]> {
    const stored = groupBy(await reads.syncFacts(keys, read), repositoryKey);
    return keys.flatMap((key): [string, RepositoryRow][] => {
      const group = events.get(key) ?? [];
      const [first] = group;
      const old = repositories.get(key);
      if (first === undefined) return [];
      const changed = factsOfSyncs(syncs.get(key));
      const replaced = new Set(changed.map(({ sync }) => sync));
      const others = (stored.get(key) ?? []).filter(({ sync }) => !replaced.has(sync));
      const start = old === undefined ? emptyRepository(first) : withoutSyncs(old);
      const row = mergeRepository(start, group, [...others, ...changed]);
      return row === undefined ? [] : [[key, row]];
    });
  }

  async function driftChange(facts: readonly Facts[], read: Reader): Promise<Change> {
    return await change({
      table: DRIFTS.name,
      cache: drifts,
      items: facts,
      keyOf: (each) => keyOf(each.cluster, each.namespace, each.repo, each.row.subject ?? ""),
      load: (keys) => reads.drifts(keys, read),
      keyOfRow: ({ cluster, namespace, repo, resource }) => [cluster, namespace, repo, resource],
      merge: mergeDrift,
    });
  }

  async function linkChange(facts: readonly Facts[], read: Reader): Promise<Change> {
    // Syncs name the same objects again and again: what is known is left out at once.
    const items = new Map<string, LinkRow>();
    for (const each of facts) {
      for (const link of linksOf(each)) {
        const key = keyOf(...keyOfLink(link));
        const known = items.get(key) ?? links.get(key);
        if (known === undefined || link.first_ts < known.first_ts) items.set(key, link);
      }
    }
    return await change({
      table: LINKS.name,
      cache: links,
      items: [...items.values()],
      keyOf: (link) => keyOf(...keyOfLink(link)),
      load: (keys) => reads.links(keys, read),
      keyOfRow: keyOfLink,
      merge: mergeLink,
    });
  }

  async function commitChange(items: readonly CommitRow[], read: Reader): Promise<Change> {
    return await change({
      table: COMMITS.name,
      cache: commits,
      items,
      keyOf: ({ revision }) => revision,
      load: (keys) => reads.commits(keys, read),
      keyOfRow: ({ revision }) => [revision],
      merge: mergeCommit,
    });
  }
}

interface MergedTable<Item, R extends Row> {
  readonly table: string;
  readonly cache: RowCache<R>;
  readonly items: readonly Item[];
  readonly keyOf: (item: Item) => string;
  readonly load: (keys: readonly string[]) => Promise<readonly R[]>;
  readonly keyOfRow: (row: R) => readonly string[];
  readonly merge: (old: R | undefined, item: Item) => R;
}

/** The change of a table whose rows are merged: each row is what all items of its key add up to. */
async function change<Item, R extends Row>(merged: MergedTable<Item, R>): Promise<Change> {
  const { table, cache, items, load, keyOfRow, merge } = merged;
  const groups = groupBy(items, merged.keyOf);
  const missing = [...groups.keys()].filter((key) => !cache.has(key));
  const known = new Map([...groups.keys()].map((key) => [key, cache.get(key)]));
  for (const row of missing.length === 0 ? [] : await load(missing)) known.set(keyOf(...keyOfRow(row)), row);
  for (const key of missing) cache.load(key, known.get(key));
  const remove: (readonly string[])[] = [];
  const append: R[] = [];
  for (const [key, group] of groups) {
    const old = known.get(key);
    const now = group.reduce<R | undefined>(merge, old);
    if (now === undefined || (old !== undefined && isEqual(old, now))) continue;
    if (old !== undefined) remove.push(keyOfRow(old));
    append.push(now);
    cache.set(key, now);
  }
  return { table, remove, append };
}

/** The numbers of rows that were stored one after the other; undefined where others may have numbers in between. */
function numbersOf(rows: readonly Row[]): { from: number; to: number } | undefined {
  const numbers = rows.map(({ seq }) => Number(seq));
  const [from, to] = [Math.min(...numbers), Math.max(...numbers)];
  return to - from === rows.length - 1 ? { from, to } : undefined;
}

function keyOfLink({ cluster, namespace, repo, target, week }: LinkRow): string[] {
  return [cluster, namespace, repo, target, String(week)];
}

function factsOfSyncs(changed: readonly ChangedSync[] = []): SyncFacts[] {
  return changed.map(({ now }) => now);
}

async function loadSyncNames(read: Reader): Promise<BloomFilter> {
  const names = await reads.syncNames(read);
  const filter = new BloomFilter(names.length * 2);
  for (const { cluster, namespace, repo, sync } of names) filter.add(keyOf(cluster, namespace, repo, sync));
  return filter;
}

function syncKey(facts: Facts): string {
  return keyOf(facts.cluster, facts.namespace, facts.repo, facts.row.sync ?? "");
}

function keyOfSync({ cluster, namespace, repo, sync }: SyncTableRow): string {
  return keyOf(cluster, namespace, repo, sync);
}

/** Rows of the raw table are made by the intake and by nothing else. */
function isEventRow(row: Row): row is EventRow {
  return typeof row["id"] === "string" && typeof row["body"] === "string" && typeof row["ts"] === "number";
}

function isEqual(a: Row, b: Row): boolean {
  for (const column in a) if (a[column] !== b[column]) return false;
  return true;
}

function groupBy<T>(items: Iterable<T>, key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
}

function indexBy<T>(items: Iterable<T>, key: (item: T) => string): Map<string, T> {
  return new Map([...items].map((item) => [key(item), item]));
}
