import type { AluminiEvent, EventOf } from "@alumiini/core";
import { fromCloudEvent } from "../cloudevent.js";
import { type CdeventResult, parseCdevent, type RefusedCdevent } from "../spec/parse.js";
import { type CdeventError, isObject } from "../spec/validate.js";

/** What KULTA did: started a rollout, went a step on, rolled it back, or finished it. */
export type KultaPhase = "deployed" | "upgraded" | "rolledback" | "published";

/** An event of KULTA about one of its rollouts. */
export interface KultaEvent {
  /** Unique among KULTA's events. */
  readonly id: string;
  /** Milliseconds since the Unix epoch. */
  readonly timestamp: number;
  readonly phase: KultaPhase;
  /** The rollout, as `rolloutRef` of our events names it: `<namespace>/<name>`. */
  readonly rolloutRef: string;
  readonly rollout: {
    readonly namespace: string;
    readonly name: string;
    readonly uid?: string;
    readonly generation?: number;
  };
  /** The image; KULTA sends it as the pod template has it, and not as a package URL. */
  readonly image?: string;
  /** `canary`, `blue-green`, `ab-testing`, `simple`. */
  readonly strategy?: string;
  /** Why, in KULTA's words: `initialization`, `step_advanced`, `analysis_failed`, `completed`, … */
  readonly reason?: string;
  /** The step of a canary: `trafficWeight` in percent. */
  readonly step?: { readonly index: number; readonly total: number; readonly trafficWeight: number };
}

/** What `parseKultaEvent` answers. */
export type KultaResult = { readonly ok: true; readonly event: KultaEvent } | RefusedCdevent;

const PHASES: readonly string[] = ["deployed", "upgraded", "rolledback", "published"] satisfies KultaPhase[];

/**
 * Reads an event of KULTA: a CDEvent about a service with `customData.kulta`, alone or in a CloudEvent, as JSON text,
 * as what `JSON.parse` made of it, or as a message with headers and body. Never throws, whatever it is given.
 */
export function parseKultaEvent(json: unknown): KultaResult {
  try {
    const value: unknown = typeof json === "string" ? JSON.parse(json) : json;
    const bare = isObject(value) && value["context"] !== undefined;
    return readKultaEvent(bare ? parseCdevent(value) : fromCloudEvent(value));
  } catch (error) {
    return refuse("", error instanceof SyntaxError ? "must be JSON" : "can't be read");
  }
}

function readKultaEvent(parsed: CdeventResult): KultaResult {
  if (!parsed.ok) return parsed;
  const { context, subject, customData } = parsed.event;
  const timestamp = Date.parse(context.timestamp);
  // The schema allows leap seconds and more, which is no time for JavaScript.
  if (Number.isNaN(timestamp)) return refuse("/context/timestamp", "must be a time that JavaScript can read");
  const [kind, phase = ""] = parsed.name.split(".");
  if (kind !== "service" || !isPhase(phase)) return refuse("/context/type", "must be one of KULTA's service types");
  const kulta = isObject(customData) ? customData["kulta"] : undefined;
  if (!isObject(kulta)) return refuse("/customData/kulta", kulta === undefined ? "is missing" : "must be an object");
  const rollout = isObject(kulta["rollout"]) ? kulta["rollout"] : {};
  const { namespace, name } = rollout;
  if (!isSegment(namespace)) return refuse("/customData/kulta/rollout/namespace", "must be a name without a slash");
  if (!isSegment(name)) return refuse("/customData/kulta/rollout/name", "must be a name without a slash");
  const image = Reflect.get(subject.content, "artifactId");
  const decision = isObject(kulta["decision"]) ? kulta["decision"] : {};
  const step = stepOf(kulta["step"]);
  return {
    ok: true,
    event: {
      id: context.id,
      timestamp,
      phase,
      rolloutRef: `${namespace}/${name}`,
      rollout: {
        namespace,
        name,
        ...(isName(rollout["uid"]) && { uid: rollout["uid"] }),
        ...(typeof rollout["generation"] === "number" && { generation: rollout["generation"] }),
      },
      ...(isName(image) && { image }),
      ...(isName(kulta["strategy"]) && { strategy: kulta["strategy"] }),
      ...(isName(decision["reason"]) && { reason: decision["reason"] }),
      ...(step !== undefined && { step }),
    },
  };
}

/**
 * The sync that handed the rollout over: the latest completed one of the same `rolloutRef` that ended no later than
 * KULTA's event. Clocks of two machines differ: allow for it with `toleranceMs` (default 5,000).
 */
export function findSyncOf(
  kultaEvent: KultaEvent,
  events: Iterable<AluminiEvent>,
  { toleranceMs = 5000 }: { readonly toleranceMs?: number } = {},
): EventOf<"sync_completed"> | undefined {
  let latest: EventOf<"sync_completed"> | undefined;
  for (const event of events) {
    if (event.type !== "sync_completed" || event.rolloutRef !== kultaEvent.rolloutRef) continue;
    if (event.timestamp > kultaEvent.timestamp + toleranceMs) continue;
    if (latest === undefined || event.timestamp >= latest.timestamp) latest = event;
  }
  return latest;
}

function stepOf(value: unknown): KultaEvent["step"] {
  if (!isObject(value)) return undefined;
  const { index, total, traffic_weight: trafficWeight } = value;
  if (typeof index !== "number" || typeof total !== "number" || typeof trafficWeight !== "number") return undefined;
  return { index, total, trafficWeight };
}

function isPhase(text: string): text is KultaPhase {
  return PHASES.includes(text);
}

/** What the two halves of a `rolloutRef` are: with a slash in one, two rollouts could have the same. */
function isSegment(value: unknown): value is string {
  return isName(value) && !value.includes("/");
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function refuse(path: CdeventError["path"], message: string): RefusedCdevent {
  return { ok: false, errors: [{ path, message }] };
}
