import { type AluminiEvent, parseWire } from "@alumiini/core";
import { parseOccurrence, parseTapioEvent } from "@alumiini/tapio";
import { type ForeignEntity, type ForeignEvent, splitId } from "./foreign-event.js";
import { cleanJson, type JsonObject } from "./json.js";
import { bounded, NOTHING, ownEvent, type ReadEvent, type ReadResult, refuse, textOrNull } from "./own-event.js";

/** Reads a FALSE occurrence. */
export function readOccurrence(value: JsonObject): ReadResult {
  const parsed = parseOccurrence(value);
  return parsed.ok
    ? { ok: true, event: foreignEvent(parsed.event, "occurrence", value) }
    : refuse("invalid_event", parsed.error.message);
}

/** Reads a TapioEvent, an ObserverEvent or an AhtiEvent. */
export function readTapio(value: JsonObject): ReadResult {
  const parsed = parseTapioEvent(value);
  return parsed.ok
    ? { ok: true, event: foreignEvent(parsed.event, "tapio", value) }
    : refuse("invalid_event", parsed.error.message);
}

const KULTA_TYPE = /^(?:canary|bluegreen|abtesting|rolling|blue_green)\.(?:rollout|advisor)\./;

function foreignEvent(event: ForeignEvent, form: "tapio" | "occurrence", value: JsonObject): ReadEvent {
  const body = cleanJson(value);
  const rank = form === "tapio" ? 2 : 3;
  if (event.origin !== undefined) return ownEvent(event.origin, { form, rank, messageId: event.id, body });
  const own = restored(event, form);
  if (own !== undefined) return ownEvent(own, { form, rank: rank + 4, messageId: event.id, body });
  const system = KULTA_TYPE.test(event.type) ? "kulta" : "tapio";
  const type = event.subtype === undefined ? event.type : `${event.type}.${event.subtype}`;
  const [first] = event.entities;
  return {
    ...NOTHING,
    messageId: event.id,
    eventId: bounded(`${system}:${event.id}`),
    form,
    rank: rank + 4,
    system,
    source: textOrNull(event.source ?? null) ?? system,
    type: bounded(type),
    ts: event.timestamp,
    cluster: textOrNull(event.clusterId ?? null),
    namespace: textOrNull(event.namespace ?? first?.namespace ?? null),
    trace: event.traceId ?? null,
    outcome: event.outcome === "in_progress" ? "unknown" : event.outcome,
    severity: event.severity,
    durationMs: event.durationUs === undefined ? null : Math.round(event.durationUs / 1000),
    errorType: textOrNull(event.error?.code ?? null),
    subject: textOrNull((system === "kulta" ? rolloutOf(event) : null) ?? objectOf(first)),
    body,
  };
}

/** As KULTA's CDEvents and our `rolloutRef` name it. */
function rolloutOf({ entities }: ForeignEvent): string | null {
  const rollout = entities.find(({ type }) => type === "rollout");
  return rollout?.namespace === undefined || rollout.name === undefined ? null : `${rollout.namespace}/${rollout.name}`;
}

function objectOf(entity: ForeignEntity | undefined): string | null {
  if (entity === undefined) return null;
  const [namespace, name] = splitId(entity.id, entity.namespace ?? null, entity.name ?? null);
  return `${entity.type}/${namespace ?? ""}/${name}`;
}

/** An event of ours that lost its own form: type, labels and correlation keys still say what it was. */
function restored(event: ForeignEvent, form: "tapio" | "occurrence"): AluminiEvent | undefined {
  const { labels } = event;
  const type = form === "tapio" ? event.subtype : /^gitops\.(\w+\.\w+)$/.exec(event.type)?.[1]?.replace(".", "_");
  const keys = new Map(event.correlationKeys.map((key) => splitOnce(key, ":")));
  const [namespace, repo] = splitOnce(keys.get("deployment") ?? "", "/");
  const repoName = labels["alumiini.repo.name"] ?? repo;
  if (type === undefined || event.clusterId === undefined || !repoName) return undefined;
  const sync = labels["alumiini.sync.id"] ?? keys.get("sync");
  const duration = Object.entries(labels).find(([name]) => /^alumiini\.\w+\.duration_ms$/.test(name))?.[1];
  const parsed = parseWire({
    id: event.id,
    timestamp: new Date(event.timestamp).toISOString(),
    type,
    severity: event.severity === "debug" ? "info" : event.severity,
    outcome: labels["alumiini.event.outcome"] ?? (event.outcome === "in_progress" ? "unknown" : event.outcome),
    repo_name: repoName,
    namespace: event.namespace ?? namespace,
    cluster_id: event.clusterId,
    commit: labels["alumiini.repo.commit"] ?? keys.get("commit") ?? null,
    branch: labels["alumiini.repo.branch"] ?? null,
    trigger: labels["alumiini.sync.trigger"] ?? null,
    duration_ms: duration === undefined ? null : Number(duration),
    error_type: event.error?.code ?? null,
    error_message: event.error?.message ?? null,
    attributes: {
      ...(sync !== undefined && { "alumiini.sync.id": sync }),
      ...(event.traceId !== undefined && { trace_id: event.traceId }),
    },
  });
  return parsed.ok ? parsed.event : undefined;
}

function splitOnce(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator);
  return index < 0 ? [text, ""] : [text.slice(0, index), text.slice(index + 1)];
}
