import type { MatchGrade, MatchReason } from "../answers/around.js";
import type { Connection, Signature } from "./signature.js";

/** Connections further apart are not taken for one. */
const SAME_CONNECTION_MS = 60_000;
/** Edges between two objects. */
const MAX_HOPS = 10;

/** What a moment can be joined by. */
export interface Focus extends Signature {
  /**
   * What was asked for itself. The rest is what its repository did in the window and writes: true of the repository, and
   * not of the event.
   */
  readonly subject: Signature;
}

export interface Graded {
  readonly grade: MatchGrade;
  readonly reason: MatchReason;
}

/** Objects that others belong to, in both directions: what relationships in the window tell. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

export function graphOf(signatures: readonly Signature[]): Graph {
  const graph = new Map<string, Set<string>>();
  const add = (a: string, b: string) => graph.set(a, (graph.get(a) ?? new Set()).add(b));
  for (const [a, b] of signatures.flatMap(({ edges }) => edges)) {
    add(a, b);
    add(b, a);
  }
  return graph;
}

/**
 * How an event belongs to what was asked for: the best grade that anything proves, with its reason. Undefined where not
 * even the cluster is the same.
 */
export function gradeOf(focus: Focus, other: Signature, graph: Graph): Graded | undefined {
  return exact(focus, other) ?? strong(focus, other) ?? likely(focus, other, graph) ?? nearby(focus, other);
}

function exact(focus: Focus, other: Signature): Graded | undefined {
  const { subject } = focus;
  const trace = shared(subject.traces, other.traces);
  if (trace !== undefined) return graded("exact", "same_trace", `same trace ${trace.slice(0, 8)}…`, trace);
  const sync = shared(subject.syncs, other.syncs);
  const repository = shared(focus.repositories, other.repositories);
  // Ids of syncs may be unique within a repository only.
  if (sync !== undefined && (repository !== undefined || other.repositories.size === 0)) {
    return graded("exact", "same_sync", `same sync ${sync}`, sync);
  }
  if (repository !== undefined) return graded("exact", "same_repository", "the same repository", repository);
  return exactByRepository(focus, other);
}

/** An event of another system that names something which the repository did. */
function exactByRepository(focus: Focus, other: Signature): Graded | undefined {
  const trace = shared(focus.traces, other.traces);
  if (trace !== undefined) {
    return graded("exact", "same_trace", `same trace ${trace.slice(0, 8)}… as an event of the repository`, trace);
  }
  const sync = other.repositories.size === 0 ? shared(focus.syncs, other.syncs) : undefined;
  if (sync !== undefined) return graded("exact", "same_repository", `names sync ${sync} of the repository`, sync);
  for (const [ref, run] of other.rollouts) {
    if (!focus.rollouts.has(ref)) continue;
    const which = focus.subject.rollouts.has(ref) ? "same rollout" : "the repository's rollout";
    return graded("exact", "same_rollout", `${which} ${ref}${run === "" ? "" : `, ${run}`}`, ref);
  }
  return undefined;
}

function strong(focus: Signature, other: Signature): Graded | undefined {
  const found = sameConnection(focus, other);
  if (found === undefined || found.pid === null) return undefined;
  const { place, pid, apart } = found;
  const text = `same remote ${place} and pid ${pid}, ${apart} ms apart`;
  return graded("strong", "same_remote_and_process", text, place);
}

function likely(focus: Focus, other: Signature, graph: Graph): Graded | undefined {
  const object = shared(focus.subject.objects, other.objects);
  if (object !== undefined) return graded("likely", "same_object", `same object ${object}`, object);
  const written = shared(focus.objects, other.objects);
  if (written !== undefined) return graded("likely", "same_object", `${written} is the repository's`, written);
  for (const theirs of other.objects) {
    for (const ours of focus.objects) {
      if (isPartOf(theirs, ours)) return graded("likely", "same_object", `${theirs} belongs to ${ours}`, ours);
      if (isPartOf(ours, theirs)) return graded("likely", "same_object", `${ours} belongs to ${theirs}`, theirs);
    }
  }
  const path = pathBetween(other.objects, focus.objects, graph);
  if (path !== undefined)
    return graded("likely", "dependency_path", `connected: ${path.join(" → ")}`, path.at(-1) ?? null);
  const remote = sameConnection(focus, other);
  if (remote !== undefined) {
    const text = `same remote ${remote.place}, ${remote.apart} ms apart; the process is not known`;
    return graded("likely", "same_remote", text, remote.place);
  }
  const namespace = shared(focus.namespaces, other.namespaces);
  const sameCluster = focus.cluster === null || other.cluster === null || focus.cluster === other.cluster;
  if (namespace === undefined || !sameCluster) return undefined;
  return graded("likely", "same_namespace", `same namespace ${namespace}`, namespace);
}

function nearby(focus: Signature, other: Signature): Graded | undefined {
  if (focus.cluster === null || focus.cluster !== other.cluster) return undefined;
  return graded("nearby", "same_cluster", "same cluster, inside the window", focus.cluster);
}

interface SameConnection {
  readonly place: string;
  /** Null where one of the two does not know it. */
  readonly pid: number | null;
  readonly apart: number;
}

/** The nearest pair of connections to one host and port, by one process as far as both know it. */
function sameConnection(focus: Signature, other: Signature): SameConnection | undefined {
  const pairs = focus.connections.flatMap((ours) =>
    other.connections.flatMap((theirs) => {
      const apart = Math.abs(ours.ts - theirs.ts);
      const host = ours.hosts.find((name) => theirs.hosts.includes(name));
      const otherProcess = ours.pid !== null && theirs.pid !== null && ours.pid !== theirs.pid;
      const isSame = host !== undefined && ours.port !== null && ours.port === theirs.port && !otherProcess;
      if (!isSame || apart > SAME_CONNECTION_MS) return [];
      return [{ place: `${host}:${ours.port}`, pid: pidOf(ours, theirs), apart }];
    }),
  );
  return pairs.sort((a, b) => Number(a.pid === null) - Number(b.pid === null) || a.apart - b.apart)[0];
}

function pidOf(a: Connection, b: Connection): number | null {
  return a.pid !== null && a.pid === b.pid ? a.pid : null;
}

const OWNERS: ReadonlySet<string> = new Set(["deployment", "statefulset", "daemonset", "replicaset", "job"]);
const PARTS: ReadonlySet<string> = new Set(["pod", "container", "replicaset"]);

/** Kubernetes names pods after what owns them: `api-7d4b9c6f5-x2x9k` belongs to `api`. */
function isPartOf(part: string, owner: string): boolean {
  const [kind = "", namespace, name = ""] = part.split("/");
  const [ownerKind = "", ownerNamespace, ownerName = ""] = owner.split("/");
  if (!PARTS.has(kind) || !OWNERS.has(ownerKind) || namespace !== ownerNamespace || ownerName === "") return false;
  if (!name.startsWith(`${ownerName}-`)) return false;
  const rest = name.slice(ownerName.length + 1);
  return /^(?:[a-z0-9]{6,10}-)?[a-z0-9]{5}$|^\d+$|^[a-z0-9]{6,10}$/.test(rest);
}

function pathBetween(from: ReadonlySet<string>, to: ReadonlySet<string>, graph: Graph): string[] | undefined {
  const seen = new Set(from);
  let paths = [...from].map((object) => [object]);
  for (let hops = 0; hops < MAX_HOPS && paths.length > 0; hops++) {
    const next: string[][] = [];
    for (const path of paths) {
      for (const neighbour of graph.get(path.at(-1) ?? "") ?? []) {
        if (to.has(neighbour)) return [...path, neighbour];
        if (seen.has(neighbour) || seen.size > 10_000) continue;
        seen.add(neighbour);
        next.push([...path, neighbour]);
      }
    }
    paths = next;
  }
  return undefined;
}

function shared(a: ReadonlySet<string>, b: ReadonlySet<string>): string | undefined {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  for (const value of small) if (large.has(value)) return value;
  return undefined;
}

function graded(grade: MatchGrade, code: MatchReason["code"], text: string, value: string | null): Graded {
  return { grade, reason: { code, text, value } };
}
