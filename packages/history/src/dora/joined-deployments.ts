import { type Deployment, type LeftOut, type RolledBackRollout, withRolledBackRollouts } from "./deployments.js";

/** What is told of the deployments of one repository in one environment. */
export interface Told {
  readonly deployments: readonly Deployment[];
  readonly leftOut: readonly LeftOut[];
  /** Heartbeats that are in `leftOut`. */
  readonly heartbeats: readonly { readonly at: number }[];
}

/** All deployments of a scope. Lists are in order of time. */
export type KnownDeployments = Told;

/** The same, with what it was joined from. */
export interface Joined extends KnownDeployments {
  readonly parts: ReadonlySet<Told>;
  readonly rollbacks: number;
}

/**
 * Joins what is told of all repositories by time, with what rollout controllers said. After `before` only what is new in
 * it or gone is put in its place: to sort all again takes 20 ms for 40,000 deployments, and one event changes one part.
 */
export function join(told: readonly Told[], rollbacks: readonly RolledBackRollout[], before?: Joined): Joined {
  const parts = new Set(told);
  // What a rollout controller said may concern a deployment of any part.
  if (before !== undefined && before.rollbacks === 0 && rollbacks.length === 0) {
    const gone = [...before.parts].filter((part) => !parts.has(part));
    const fresh = told.filter((part) => !before.parts.has(part));
    const update = <T extends At>(of: (from: Told) => readonly T[]): readonly T[] =>
      replaced(of(before), gone.flatMap(of), fresh.flatMap(of));
    return {
      parts,
      rollbacks: 0,
      deployments: update(({ deployments }) => deployments),
      leftOut: update(({ leftOut }) => leftOut),
      heartbeats: update(({ heartbeats }) => heartbeats),
    };
  }
  const { deployments, leftOut } = withRolledBackRollouts(
    told.flatMap((part) => part.deployments),
    rollbacks,
  );
  return {
    parts,
    rollbacks: rollbacks.length,
    deployments: inOrder(deployments),
    leftOut: inOrder([...told.flatMap((part) => part.leftOut), ...leftOut]),
    heartbeats: inOrder(told.flatMap((part) => part.heartbeats)),
  };
}

interface At {
  readonly at: number;
  readonly eventId?: string;
}

function inOrder<T extends At>(list: readonly T[]): T[] {
  return [...list].sort(compare);
}

function compare(a: At, b: At): number {
  if (a.at !== b.at) return a.at - b.at;
  const [one, other] = [a.eventId ?? "", b.eventId ?? ""];
  return one < other ? -1 : one > other ? 1 : 0;
}

/** More are sorted again. */
const MOST_REPLACED = 2_000;

/** A copy without some items and with others. It looks at few of those that stay: a year's do not fit into a cache. */
function replaced<T extends At>(list: readonly T[], gone: readonly T[], fresh: readonly T[]): readonly T[] {
  if (gone.length + fresh.length > MOST_REPLACED) {
    const left = new Set(gone);
    return inOrder([...list.filter((item) => !left.has(item)), ...fresh]);
  }
  const copy = [...list];
  for (const item of gone) copy.splice(copy.indexOf(item, placeOf(item, copy)), 1);
  for (const item of fresh) copy.splice(placeOf(item, copy), 0, item);
  return copy;
}

/** The index of the first item that is not before this one. */
function placeOf(item: At, list: readonly At[]): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = list[middle];
    if (found !== undefined && compare(found, item) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
