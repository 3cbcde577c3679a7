import { parseKultaEvent } from "@alumiini/cdevents";
import { parseWire } from "@alumiini/core";
import { at, cleanJson, isObject, type JsonObject, textAt, timeAt } from "./json.js";
import { bounded, NOTHING, ownEvent, type ReadEvent, type ReadResult, refuse, textOrNull } from "./own-event.js";

/** Reads a CDEvent of any version and profile, KULTA's included. */
export function readCdevent(value: JsonObject): ReadResult {
  const context = at(value, "context");
  const id = textAt(context, "id");
  const time = timeAt(context, "timestamp");
  const type = textAt(context, "type");
  const source = textAt(context, "source");
  if (id === null || type === null || source === null) {
    return refuse("invalid_event", "/context must have an id, a type and a source");
  }
  if (time === null) return refuse("invalid_event", "/context/timestamp must be an RFC 3339 time with its zone");
  const wire = at(at(value, "customData"), "alumiini");
  if (isObject(wire)) {
    const parsed = parseWire(wire);
    if (parsed.ok) {
      return {
        ok: true,
        event: ownEvent(parsed.event, { form: "cdevent", rank: 1, messageId: id, body: cleanJson(value) }),
      };
    }
  }
  const kulta = parseKultaEvent(value);
  if (kulta.ok) return { ok: true, event: kultaEvent(kulta.event, value) };
  const bare = bareCdevent({ id, time, type, source }, value);
  if (bare !== undefined) return { ok: true, event: bare };
  // Nothing more is asked of one that somebody else has made: what is read of it is the same in all versions, drafts
  // and SDKs, which differ in the rest.
  if (!CDEVENT.test(type)) {
    return refuse("invalid_event", "/context/type must begin with dev.cdevents. or dev.cdeventsx.");
  }
  return { ok: true, event: foreignCdevent({ id, time, type, source }, value) };
}

interface CdeventHead {
  readonly id: string;
  readonly time: number;
  readonly type: string;
  readonly source: string;
}

const CDEVENT = /^dev\.cdeventsx?\.[\w-]+\.\w+/;

const OUTCOMES: Readonly<Record<string, string>> = {
  success: "success",
  failure: "failure",
  error: "failure",
  cancel: "unknown",
};

function foreignCdevent({ id, time, type, source }: CdeventHead, value: JsonObject): ReadEvent {
  const subject = at(value, "subject");
  const content = at(subject, "content");
  const outcome = OUTCOMES[textAt(content, "outcome") ?? ""] ?? "unknown";
  return {
    ...NOTHING,
    // CloudEvents are unique by source and id.
    messageId: bounded(`${id}@${source}`),
    eventId: bounded(`cdevents:${id}@${source}`),
    form: "cdevent",
    rank: 5,
    system: "cdevents",
    source: bounded(source),
    type: bounded(type.replace(/^dev\.cdevents\./, "").replace(/\.\d+\.\d+\.\d+.*$/, "")),
    ts: time,
    outcome,
    severity: outcome === "failure" ? "error" : "info",
    environment: textOrNull(textAt(at(content, "environment"), "id")),
    subject: textOrNull(textAt(subject, "id")),
    body: cleanJson(value),
  };
}

const OWN_SOURCE = /^alumiini:\/clusters\/([^/]+)$/;
const OWN_TYPES: Readonly<Record<string, "sync_started" | "sync_completed" | "sync_failed">> = {
  "pipelinerun.started": "sync_started",
  "deployment.started": "sync_started",
  "deployment.finished": "sync_completed",
  "deployment.failed": "sync_failed",
};

/** An event of ours in a CDEvent from which something took the custom data: what is left of it. */
function bareCdevent({ id, time, type, source }: CdeventHead, value: JsonObject): ReadEvent | undefined {
  const cluster = OWN_SOURCE.exec(source)?.[1];
  const subject = at(value, "subject");
  const [namespace, repo, syncs, sync] = (textAt(subject, "id") ?? "").split("/");
  if (cluster === undefined || !namespace || !repo || syncs !== "syncs" || !sync) return undefined;
  const name = type.replace(/^dev\.cdevents\./, "").replace(/\.\d+\.\d+\.\d+.*$/, "");
  const outcome = textAt(at(subject, "content"), "outcome");
  const finished = outcome === "success" ? "sync_completed" : "sync_failed";
  const own = OWN_TYPES[name] ?? (name === "pipelinerun.finished" ? finished : undefined);
  if (own === undefined) return undefined;
  const parsed = parseWire({
    id,
    timestamp: new Date(time).toISOString(),
    type: own,
    severity: own === "sync_failed" ? "error" : "info",
    outcome: own === "sync_started" ? "unknown" : own === "sync_failed" ? "failure" : "success",
    repo_name: decode(repo),
    namespace: decode(namespace),
    cluster_id: decode(cluster),
    attributes: { "alumiini.sync.id": decode(sync) },
  });
  if (!parsed.ok) return undefined;
  return ownEvent(parsed.event, { form: "cdevent", rank: 5, messageId: id, body: cleanJson(value) });
}

function kultaEvent(
  kulta: Extract<ReturnType<typeof parseKultaEvent>, { ok: true }>["event"],
  value: JsonObject,
): ReadEvent {
  const failed = kulta.phase === "rolledback";
  return {
    ...NOTHING,
    messageId: kulta.id,
    eventId: bounded(`kulta:${kulta.id}`),
    form: "cdevent",
    rank: 1,
    system: "kulta",
    source: "kulta",
    type: `rollout.${kulta.phase}`,
    ts: Math.floor(kulta.timestamp),
    namespace: textOrNull(kulta.rollout.namespace),
    outcome: failed ? "failure" : kulta.phase === "published" ? "success" : "unknown",
    severity: failed ? "error" : "info",
    subject: textOrNull(kulta.rolloutRef),
    body: cleanJson(value),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
