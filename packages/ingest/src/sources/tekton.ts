import { CANCELLED, type ErrorType, type EventType } from "@alumiini/core";
import { createEvent, identify } from "../mapping/event.js";
import { syncIdOf } from "../mapping/id.js";
import { isObject, type JsonObject, listAt, objectAt, textAt, texts } from "../mapping/json.js";
import { createMapper, ignored, type Mapper, type Payload, Unfit } from "../mapping/mapper.js";
import { branchOf, isCommit } from "../mapping/revision.js";
import { duration, parseTime } from "../mapping/time.js";

const TYPES: Readonly<Record<string, EventType>> = {
  started: "sync_started",
  successful: "sync_completed",
  failed: "sync_failed",
};

/**
 * Maps the CloudEvents of Tekton's runs, binary and structured. A PipelineRun is a sync, and so is a TaskRun that stands
 * alone; one that is part of a PipelineRun is ignored. The repository is the pipeline or the task, not the run. Tekton
 * sends an event again under another id and time, so both come from the run itself.
 */
export const tekton: Mapper = createMapper((payload, context) => {
  const { type: cloudType, source, time: sentAt, data } = readCloudEvent(payload);
  const [, word = "", state = ""] = /^dev\.tekton\.event\.(pipelinerun|taskrun)\.([a-z]+)\.v1$/.exec(cloudType) ?? [];
  if (word === "") return ignored(cloudType.startsWith("dev.tekton.event.") ? "kind_not_mapped" : "not_tekton");
  const type = TYPES[state];
  if (type === undefined) return ignored(`${word}.${state}`);
  const [kind, key, single] =
    word === "pipelinerun" ? ["PipelineRun", "pipelineRun", "pipeline"] : ["TaskRun", "taskRun", "task"];
  const run = objectAt(data, key);
  const labels = texts(objectAt(run, "metadata", "labels"));
  if (word === "taskrun" && labels["tekton.dev/pipelineRun"]) return ignored("task_of_pipeline");
  const runName = textAt(run, "metadata", "name");
  const namespace = textAt(run, "metadata", "namespace");
  if (runName === undefined) throw new Unfit([key, "metadata", "name"], "must be a text");
  if (namespace === undefined) throw new Unfit([key, "metadata", "namespace"], "must be a text");
  const name =
    textAt(run, "spec", `${single}Ref`, "name") ??
    labels[`tekton.dev/${single}`] ??
    textAt(run, "metadata", "generateName")?.replace(/-$/, "") ??
    runName;
  const startedAt = parseTime(textAt(run, "status", "startTime") ?? textAt(run, "metadata", "creationTimestamp"));
  const ended = type !== "sync_started";
  const endedAt = ended ? parseTime(textAt(run, "status", "completionTime")) : undefined;
  const time = endedAt ?? startedAt ?? sentAt;
  if (time === undefined) throw new Unfit([key, "status"], "must have times");
  const uid = textAt(run, "metadata", "uid");
  const identity = identify({ system: "tekton", kind: kind ?? word, namespace, name, labels }, context);
  const event = createEvent(identity, {
    type,
    time,
    key: [uid, source, cloudType],
    syncId: syncIdOf("tekton", uid, source),
    durationMs: ended ? duration(startedAt, endedAt) : undefined,
    reason: conditionOf(run).reason ?? state,
    ...gitOf(run, labels),
    ...(type === "sync_failed" && failureOf(run)),
  });
  return { events: [event] };
});

function readCloudEvent({ body, header }: Payload) {
  const binary = header("ce-type");
  const type = binary ?? textAt(body, "type");
  if (type === undefined) throw new Unfit(["type"], "must be the type of a CloudEvent");
  const attribute = (name: string) => (binary === undefined ? textAt(body, name) : header(`ce-${name}`));
  const data = binary === undefined ? body["data"] : body;
  if (!isObject(data)) throw new Unfit(["data"], "must be a JSON object");
  return { type, source: attribute("source"), time: parseTime(attribute("time")), data };
}

function conditionOf(run: JsonObject): { reason: string | undefined; message: string | undefined } {
  const condition = listAt(run, "status", "conditions").find((entry) => textAt(entry, "type") === "Succeeded");
  return { reason: textAt(condition, "reason"), message: textAt(condition, "message") };
}

function failureOf(run: JsonObject) {
  const { reason = "", message } = conditionOf(run);
  const errorMessage = message ?? (reason || "the run has no condition");
  if (/Cancelled|Canceled|StoppedRunFinally/.test(reason)) {
    return { errorType: CANCELLED, errorMessage, outcome: "unknown", severity: "info" } as const;
  }
  if (/Timeout|TimedOut/.test(reason)) {
    return { errorType: "timeout" satisfies ErrorType, errorMessage, outcome: "timeout" } as const;
  }
  const errorType: ErrorType = /^Couldnt|Invalid|Validation/.test(reason) ? "validation" : "sync_error";
  return { errorType, errorMessage };
}

/** The parameters and results by which pipelines usually pass the commit on, and the labels of Pipelines as Code. */
const COMMIT_NAMES: ReadonlySet<string> = new Set([
  "revision",
  "commit",
  "sha",
  "git-revision",
  "commit-sha",
  "git-commit",
]);
const URL_NAMES: ReadonlySet<string> = new Set(["url", "repo-url", "git-url", "repository"]);
const CODE = "pipelinesascode.tekton.dev/";

function gitOf(run: JsonObject, labels: Readonly<Record<string, string>>) {
  const annotations = texts(objectAt(run, "metadata", "annotations"));
  const values = [
    ...listAt(run, "spec", "params"),
    ...listAt(run, "status", "results"),
    ...listAt(run, "status", "pipelineResults"),
    ...listAt(run, "status", "taskResults"),
  ];
  const named = (names: ReadonlySet<string>, fits: (text: string) => boolean) =>
    values.flatMap((entry) => {
      const value = textAt(entry, "value");
      return value !== undefined && fits(value) && names.has(textAt(entry, "name")?.toLowerCase() ?? "") ? [value] : [];
    })[0];
  const code = (name: string) => annotations[`${CODE}${name}`] || labels[`${CODE}${name}`] || undefined;
  return {
    commit: code("sha") ?? named(COMMIT_NAMES, isCommit),
    branch: branchOf(code("branch")),
    repoUrl: code("repo-url") ?? named(URL_NAMES, (text) => /^(?:https?|ssh|git):\/\/|^git@/.test(text)),
  };
}
