import type { AluminiEvent } from "@alumiini/core";
import { isObject, listAt, textAt } from "../mapping/json.js";
import { guarded, type MapContext, type Mapped, type Suspension, Unfit } from "../mapping/mapper.js";
import { mapApplicationHistory } from "./argocd-history.js";
import { fluxReader } from "./flux-status.js";

/** What `backfill` takes besides the objects. */
export interface BackfillOptions extends Omit<MapContext, "receivedAt"> {
  /** Events before this time are left out. Milliseconds since the Unix epoch. */
  readonly since?: number | undefined;
  /** Events at or after this time are left out: webhooks have reported those. Milliseconds since the Unix epoch. */
  readonly until?: number | undefined;
}

/** Past events, from the status of objects. */
export interface BackfillResult {
  /** By time. They are of the past: let them reach history, and neither counters nor alerts. */
  readonly events: readonly AluminiEvent[];
  /** Of every object whose status has some. */
  readonly suspensions: readonly Suspension[];
  /** Objects and events that became nothing, by reason. */
  readonly ignored: Readonly<Record<string, number>>;
  /** What is no object, with the JSON Pointer to it; 100 at most. */
  readonly rejected: readonly { readonly path: string; readonly message: string }[];
}

const MOST_REJECTED = 100;

/**
 * Reads what `kubectl get -o json` prints of Flux's Kustomizations, HelmReleases and sources, and of Argo CD's
 * Applications, as text, bytes or parsed: one object, a list, or an array of both. Their status holds what happened lately,
 * also what webhooks lost. Never throws.
 *
 * Argo CD's events are the ones that its notifications make, ids included. Flux's status tells other times than its
 * events, so what both tell has two ids: name the gap with `since` and `until`.
 *
 * @example
 * ```ts
 * import { backfill } from "@alumiini/ingest";
 *
 * declare const printed: string; // kubectl get kustomizations,helmreleases,gitrepositories -A -o json
 * const { events, suspensions } = backfill(printed, { clusterId: "prod-us-east" });
 * ```
 */
export function backfill(given: unknown, options: BackfillOptions): BackfillResult {
  const { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = options;
  const events = new Map<string, AluminiEvent>();
  const suspensions: Suspension[] = [];
  const ignored = new Map<string, number>();
  const rejected: { path: string; message: string }[] = [];
  const count = (reason: string) => ignored.set(reason, (ignored.get(reason) ?? 0) + 1);
  const take = (mapped: Mapped, at: string) => {
    suspensions.push(...(mapped.suspensions ?? []));
    if (mapped.ignored !== undefined) count(mapped.ignored.reason);
    if (mapped.rejected !== undefined && rejected.length < MOST_REJECTED) {
      rejected.push({ path: at + mapped.rejected.path, message: mapped.rejected.message });
    }
    for (const event of mapped.events) {
      if (event.timestamp >= since && event.timestamp < until) events.set(event.id, event);
      else count("outside_the_time");
    }
  };

  const items = itemsOf(given);
  if (typeof items === "string")
    return { events: [], suspensions, ignored: {}, rejected: [{ path: "", message: items }] };
  const flux = fluxReader(items.map(({ value }) => value));
  const context = { ...options, receivedAt: 0 };
  const read = (object: unknown): Mapped => {
    const kind = textAt(object, "kind");
    if (!isObject(object) || kind === undefined) throw new Unfit(["kind"], "must be a text");
    if (textAt(object, "apiVersion")?.startsWith("argoproj.io/")) return mapApplicationHistory(object, context);
    return flux(object, kind, context);
  };
  for (const { value, path } of items)
    take(
      guarded(() => read(value)),
      path,
    );
  return {
    events: [...events.values()].sort((a, b) => a.timestamp - b.timestamp || (a.id < b.id ? -1 : 1)),
    suspensions,
    ignored: Object.fromEntries(ignored),
    rejected,
  };
}

interface Item {
  readonly value: unknown;
  readonly path: string;
}

/** The objects with their paths; a message if there are none. */
function itemsOf(given: unknown): Item[] | string {
  try {
    const text = given instanceof Uint8Array ? new TextDecoder("utf-8", { fatal: true }).decode(given) : given;
    return flatten(typeof text === "string" ? JSON.parse(text) : text, "", 0);
  } catch {
    return "must be the JSON that kubectl get -o json prints";
  }
}

function flatten(value: unknown, path: string, depth: number): Item[] {
  // A list of lists is what `jq -s` makes of several.
  if (Array.isArray(value) && depth < 3)
    return value.flatMap((item, index) => flatten(item, `${path}/${index}`, depth + 1));
  const isList = textAt(value, "kind")?.endsWith("List") && depth < 3;
  if (!isList) return [{ value, path }];
  return listAt(value, "items").flatMap((item, index) => flatten(item, `${path}/items/${index}`, depth + 1));
}
