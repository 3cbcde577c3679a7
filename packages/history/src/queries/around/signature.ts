import { splitId } from "../../intake/foreign-event.js";
import { at, isObject, textAt, wholeAt } from "../../intake/json.js";
import { factsOf } from "../../projections/facts.js";
import type { EventRow } from "../../projections/tables.js";

/** A connection that an event tells of. */
export interface Connection {
  /** A name or an address. */
  readonly hosts: readonly string[];
  readonly port: number | null;
  readonly pid: number | null;
  readonly ts: number;
}

/** What events can be joined by. */
export interface Signature {
  readonly cluster: string | null;
  /** `<cluster>/<namespace>/<name>` of our repositories. */
  readonly repositories: ReadonlySet<string>;
  readonly traces: ReadonlySet<string>;
  readonly syncs: ReadonlySet<string>;
  /** `<kind>/<namespace>/<name>`, in lower case. */
  readonly objects: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
  /** `<namespace>/<name>`, with what tells one run of it from another. */
  readonly rollouts: ReadonlyMap<string, string>;
  readonly connections: readonly Connection[];
  /** From an object to what it is part of or belongs to. */
  readonly edges: readonly (readonly [string, string])[];
}

export function repositoryName(cluster: string | null, namespace: string | null, repo: string | null): string {
  return `${cluster}/${namespace}/${repo}`;
}

/** An object's key, compared without case: TAPIO writes kinds in lower case. */
function objectKey(kind: string, namespace: string | null | undefined, name: string): string {
  return `${kind}/${namespace ?? ""}/${name}`.toLowerCase();
}

/** `Deployment/shop/api` or `Namespace/shop`, as our events write objects. */
export function objectOfResource(resource: string): string {
  const [kind = "", second = "", third] = resource.split("/");
  return third === undefined ? objectKey(kind, null, second) : objectKey(kind, second, third);
}

/** What one stored event can be joined by. */
export function signatureOf(row: EventRow): Signature {
  return row.system === "alumiini" ? ownSignature(row) : foreignSignature(row);
}

function ownSignature(row: EventRow): Signature {
  const facts = factsOf(row);
  const body: unknown = JSON.parse(row.body);
  const attributes = at(body, "attributes");
  const written = (facts?.resources ?? []).map(objectOfResource);
  const drifted = row.type.startsWith("drift_") && row.subject !== null ? [objectOfResource(row.subject)] : [];
  const objects = [...written, ...drifted];
  const connection = row.type.startsWith("git_")
    ? gitConnection(facts?.repoUrl ?? null, attributes, row.ts)
    : undefined;
  return {
    cluster: row.cluster,
    repositories: new Set([repositoryName(row.cluster, row.namespace, row.repo)]),
    traces: setOf(row.trace),
    syncs: setOf(row.sync),
    objects: new Set(objects),
    namespaces: new Set(objects.flatMap(namespaceOf)),
    rollouts: new Map(facts?.rolloutRef == null ? [] : [[facts.rolloutRef, ""]]),
    connections: connection === undefined ? [] : [connection],
    edges: [],
  };
}

function foreignSignature(row: EventRow): Signature {
  const body: unknown = JSON.parse(row.body);
  const context = isObject(at(body, "context")) ? at(body, "context") : body;
  const data = isObject(at(body, "data")) ? at(body, "data") : {};
  const keys = new Map(correlationKeys(at(context, "correlation_keys")));
  // KULTA has them beside the context.
  const listed = listOf(at(context, "entities"));
  const objects = (listed.length > 0 ? listed : listOf(at(body, "entities"))).flatMap(entityKey);
  const deployment = keys.get("deployment");
  const kulta = at(at(at(body, "customData"), "kulta"), "rollout");
  return {
    cluster: row.cluster,
    repositories: setOf(deployment === undefined ? null : `${row.cluster}/${deployment}`),
    traces: setOf(row.trace, keys.get("trace")),
    syncs: setOf(keys.get("sync")),
    objects: new Set(objects),
    namespaces: new Set([...objects.flatMap(namespaceOf), ...(row.namespace === null ? [] : [row.namespace])]),
    rollouts: new Map(
      [row.system === "kulta" ? row.subject : null, keys.get("rollout")].flatMap((ref) =>
        ref == null ? [] : [[ref, rolloutRun(kulta)] as const],
      ),
    ),
    connections: foreignConnections(body, data, row.ts),
    edges: [...listOf(at(body, "relationships")), ...listOf(at(data, "relationships"))].flatMap(edgeOf),
  };
}

function rolloutRun(rollout: unknown): string {
  const uid = textAt(rollout, "uid");
  const generation = wholeAt(rollout, "generation");
  return [uid === null ? [] : `uid ${uid.slice(0, 8)}`, generation === null ? [] : `generation ${generation}`]
    .flat()
    .join(", ");
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443, "ssh:": 22, "git:": 9418 };

function gitConnection(repoUrl: string | null, attributes: unknown, ts: number): Connection | undefined {
  const url = repoUrl === null ? undefined : parseUrl(repoUrl);
  const hosts = [textAt(attributes, "network.peer.address"), textAt(attributes, "server.address"), url?.host ?? null];
  const port = numberAt(attributes, "network.peer.port") ?? numberAt(attributes, "server.port") ?? url?.port ?? null;
  const known = hosts.flatMap((host) => host ?? []);
  if (known.length === 0) return undefined;
  return { hosts: known, port, pid: numberAt(attributes, "process.pid"), ts };
}

function parseUrl(text: string): { host: string; port: number | null } | undefined {
  const scp = /^(?:[^\s/:@]+@)?([^\s/:@]{2,}):(?!\/\/)/.exec(text);
  if (scp !== null) return { host: scp[1] ?? "", port: 22 };
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port } = new URL(text);
  if (hostname === "") return undefined;
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? (DEFAULT_PORTS[protocol] ?? null) : Number(port),
  };
}

const PLACES_OF_PID = ["process_data", "process", "kernel_data", "kernel", "container_data", "container"] as const;

function foreignConnections(body: unknown, data: unknown, ts: number): Connection[] {
  const places = [data, at(body, "network_data"), at(body, "network")];
  const pid = [data, ...PLACES_OF_PID.map((key) => at(body, key))]
    .map((place) => numberAt(place, "pid"))
    .find((id) => id !== null);
  return places.flatMap((place) => {
    const hosts = ["dst_ip", "dst_host", "dstIp", "dstHost"].flatMap((key) => textAt(place, key) ?? []);
    const port = numberAt(place, "dst_port") ?? numberAt(place, "dstPort");
    return hosts.length === 0 ? [] : [{ hosts, port, pid: pid ?? null, ts }];
  });
}

function numberAt(value: unknown, key: string): number | null {
  const found = at(value, key);
  const number = typeof found === "string" && found !== "" ? Number(found) : found;
  return typeof number === "number" && Number.isSafeInteger(number) && number > 0 ? number : null;
}

function correlationKeys(value: unknown): [string, string][] {
  return listOf(value).flatMap((item): [string, string][] => {
    if (typeof item === "string") {
      const index = item.indexOf(":");
      return index < 1 ? [] : [[item.slice(0, index), item.slice(index + 1)]];
    }
    const key = textAt(item, "key") ?? textAt(item, "type");
    const found = textAt(item, "value");
    return key === null || found === null ? [] : [[key, found]];
  });
}

function entityKey(entity: unknown): string[] {
  const kind = textAt(entity, "kind") ?? textAt(entity, "type");
  const id = textAt(entity, "id") ?? textAt(entity, "name");
  if (kind === null || id === null) return [];
  const [namespace, name] = splitId(id, textAt(entity, "namespace"), textAt(entity, "name"));
  return [objectKey(wordOf(kind), namespace, name)];
}

function edgeOf(relationship: unknown): [string, string][] {
  const source = entityKey(at(relationship, "source"))[0];
  const target = entityKey(at(relationship, "target"))[0];
  return source === undefined || target === undefined ? [] : [[source, target]];
}

/** As AHTI writes enumerations: `ENTITY_TYPE_POD`. */
function wordOf(kind: string): string {
  return kind.replace(/^ENTITY_TYPE_/, "").toLowerCase();
}

function namespaceOf(object: string): string[] {
  const namespace = object.split("/")[1];
  return namespace === undefined || namespace === "" ? [] : [namespace];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function setOf(...values: readonly (string | null | undefined)[]): Set<string> {
  return new Set(values.flatMap((value) => value ?? []));
}

/** What several events together can be joined by. */
export function union(signatures: readonly Signature[]): Signature {
  return {
    cluster: signatures.find(({ cluster }) => cluster !== null)?.cluster ?? null,
    repositories: new Set(signatures.flatMap(({ repositories }) => [...repositories])),
    traces: new Set(signatures.flatMap(({ traces }) => [...traces])),
    syncs: new Set(signatures.flatMap(({ syncs }) => [...syncs])),
    objects: new Set(signatures.flatMap(({ objects }) => [...objects])),
    namespaces: new Set(signatures.flatMap(({ namespaces }) => [...namespaces])),
    rollouts: new Map(signatures.flatMap(({ rollouts }) => [...rollouts])),
    connections: signatures.flatMap(({ connections }) => connections),
    edges: signatures.flatMap(({ edges }) => edges),
  };
}
