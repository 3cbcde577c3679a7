import { type CdeventResult, fromCloudEvent, parseCdevent, parseKultaEvent } from "@alumiini/cdevents";
import { CANCELLED, type ErrorType, type EventType, parseWire } from "@alumiini/core";
import { createEvent, type EventDraft, identify } from "../mapping/event.js";
import { syncIdOf } from "../mapping/id.js";
import { at, isObject, textAt } from "../mapping/json.js";
import { createMapper, ignored, type MapContext, type Mapped, type Mapper, Unfit } from "../mapping/mapper.js";
import { isCommit } from "../mapping/revision.js";
import { isTime } from "../mapping/time.js";

const TYPES: Readonly<Record<string, EventType>> = {
  "pipelinerun.started": "sync_started",
  "pipelinerun.finished": "sync_completed",
  "service.deployed": "sync_completed",
  "service.upgraded": "sync_completed",
  "service.rolledback": "sync_completed",
};

/** Started, gone a step on, ended: what KULTA's four phases say of a rollout. */
const KULTA_TYPES: Readonly<Record<string, EventType>> = {
  deployed: "sync_started",
  published: "sync_completed",
  rolledback: "sync_failed",
};

/**
 * Maps CDEvents 0.4.1 and 0.5.1, bare or in a CloudEvent of either mode. One that carries an event of ours in
 * `customData.alumiini` gives it back as it was. Of others, `service.deployed`, `.upgraded` and `.rolledback` are
 * completed syncs of the service, a pipeline run is a sync of the pipeline, and a rollout of KULTA one of the rollout.
 * All other types are ignored by their name.
 */
export const cdevents: Mapper = createMapper(({ body, header }, context) => {
  const type = header("ce-type");
  const parsed = isObject(body["context"])
    ? parseCdevent(body)
    : fromCloudEvent(type === undefined ? body : { headers: { "ce-type": type }, body });
  const own =
    at(parsed.ok ? parsed.event : body, "customData", "alumiini") ?? at(body, "data", "customData", "alumiini");
  // Also in the types of the design document, which the specification does not know.
  if (own !== undefined) return relayed(own);
  if (!parsed.ok) {
    const [error] = parsed.errors;
    throw new Unfit(error?.path.split("/").slice(1) ?? [], error?.message ?? "must be a CDEvent");
  }
  if (at(parsed.event, "customData", "kulta") === undefined) return foreign(parsed, context);
  const kulta = parseKultaEvent(parsed.event);
  return kulta.ok ? rollout(kulta.event, context) : foreign(parsed, context);
});

function relayed(own: unknown): Mapped {
  const result = parseWire(own);
  if (!result.ok) throw new Unfit(["customData", "alumiini"], `must be an event: ${result.error.message}`);
  return { events: [result.event] };
}

function foreign(parsed: Extract<CdeventResult, { ok: true }>, context: MapContext): Mapped {
  const type = TYPES[parsed.name];
  if (type === undefined) return ignored(parsed.name);
  const { context: attributes, subject } = parsed.event;
  const { id, source } = attributes;
  const time = Date.parse(attributes.timestamp);
  if (!isTime(time)) throw new Unfit(["context", "timestamp"], "must be a time from 1970 on");
  const content: unknown = subject.content;
  const isRun = parsed.name.startsWith("pipelinerun.");
  const names = (isRun ? textAt(content, "pipelineName") : undefined) ?? subject.id;
  const slash = names.lastIndexOf("/");
  const object = {
    system: "cdevents",
    kind: isRun ? "Pipeline" : "Service",
    namespace: names.slice(0, Math.max(slash, 0)).replace(/^\/+/, "") || lastOf(source),
    name: names.slice(slash + 1) || names,
    environment: textAt(content, "environment", "id"),
    labels: {},
  };
  const artifact = textAt(content, "artifactId");
  const version = artifact === undefined ? undefined : /@([^?#@]+)/.exec(artifact)?.[1];
  const chain = textAt(attributes, "chainId");
  const draft: EventDraft = {
    type,
    time,
    key: [source, id],
    syncId: syncIdOf("cdevents", chain ?? source, chain === undefined ? subject.id : undefined),
    revision: version === undefined ? undefined : decodeVersion(version),
    commit: version !== undefined && isCommit(version) ? version : undefined,
    rollback: parsed.name === "service.rolledback" || undefined,
    reason: parsed.name,
  };
  const ending = parsed.name === "pipelinerun.finished" ? endingOf(content) : {};
  return { events: [createEvent(identify(object, context), { ...draft, ...ending })] };
}

/** The last part of a source: `/clusters/prod/jenkins` is of `jenkins`. */
function lastOf(source: string): string {
  return source.split("/").findLast((part) => part !== "") ?? source;
}

function endingOf(content: unknown): Partial<EventDraft> {
  const outcome = textAt(content, "outcome");
  if (outcome === "success" || outcome === undefined) return {};
  const errorMessage = textAt(content, "errors") ?? `the run's outcome is ${outcome}`;
  if (outcome === "cancel") {
    return { type: "sync_failed", errorType: CANCELLED, errorMessage, outcome: "unknown", severity: "info" };
  }
  return { type: "sync_failed", errorType: "sync_error", errorMessage };
}

function rollout(
  event: Extract<ReturnType<typeof parseKultaEvent>, { ok: true }>["event"],
  context: MapContext,
): Mapped {
  const type = KULTA_TYPES[event.phase];
  if (type === undefined) return ignored("kulta_step");
  const { namespace, name, uid, generation } = event.rollout;
  const object = { system: "kulta", kind: "Rollout", namespace, name, labels: {} };
  // It tells a rollback again with every status, each time under another id and time: the rollout's generation tells
  // that it is the same one.
  const known = generation !== undefined;
  const key = known ? [uid ?? event.rolloutRef, generation] : [event.id];
  return {
    events: [
      createEvent(identify(object, context), {
        type,
        time: event.timestamp,
        idTime: known ? 0 : undefined,
        key,
        syncId: syncIdOf("kulta", ...key),
        rolloutRef: event.rolloutRef,
        revision: event.image,
        reason: event.reason ?? event.phase,
        ...(type === "sync_failed" && {
          errorType: "sync_error" satisfies ErrorType,
          errorMessage: `the rollout was rolled back: ${event.reason ?? "no reason is given"}`,
        }),
      }),
    ],
  };
}

function decodeVersion(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
