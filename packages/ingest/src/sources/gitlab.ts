import { CANCELLED, type ErrorType, type EventType } from "@alumiini/core";
import { createEvent, type Identity, identify } from "../mapping/event.js";
import { syncIdOf } from "../mapping/id.js";
import { at, type JsonObject, listAt, numberAt, objectAt, textAt } from "../mapping/json.js";
import { createMapper, ignored, type MapContext, type Mapped, type Mapper, Unfit } from "../mapping/mapper.js";
import { branchOf, isCommit } from "../mapping/revision.js";
import { parseTime } from "../mapping/time.js";

const TYPES: Readonly<Record<string, EventType>> = {
  running: "sync_started",
  success: "sync_completed",
  failed: "sync_failed",
  canceled: "sync_failed",
};

/**
 * Maps webhooks of GitLab: `push` and `deployment`. Other kinds are ignored by their name, other statuses by their word. The
 * namespace is the project's group, with its parents. A cancelled deployment has not failed: its outcome is `unknown`. GitLab dates no
 * push, so one is dated by its newest commit; without commits it is ignored.
 */
export const gitlab: Mapper = createMapper(({ body }, context) => {
  const kind = textAt(body, "object_kind");
  if (kind === undefined) throw new Unfit(["object_kind"], "must be a text");
  if (kind === "push") return push(body, context);
  return kind === "deployment" ? deployment(body, context) : ignored(kind);
});

function push(body: JsonObject, context: MapContext): Mapped {
  const ref = textAt(body, "ref");
  if (ref === undefined) throw new Unfit(["ref"], "must be a text");
  const branch = branchOf(ref);
  const commit = textAt(body, "after");
  if (commit === undefined) throw new Unfit(["after"], "must be a commit");
  if (/^0+$/.test(commit)) return ignored("branch_deleted");
  const commits = listAt(body, "commits");
  const newest = commits.find((entry) => textAt(entry, "id") === commit) ?? commits.at(-1);
  if (newest === undefined) return ignored("push_without_commits");
  const committedAt = parseTime(textAt(newest, "timestamp"));
  if (committedAt === undefined) throw new Unfit(["commits"], "must have times");
  const before = textAt(body, "before");
  const { identity, projectId, repoUrl } = readProject(body, context);
  return {
    events: [
      createEvent(identity, {
        type: "webhook_received",
        time: committedAt,
        key: [projectId, ref, before, commit],
        provider: "gitlab",
        trigger: "webhook",
        commit,
        previousCommit: before === undefined || /^0+$/.test(before) ? undefined : before,
        committedAt,
        branch,
        repoUrl,
        reason: "push",
      }),
    ],
  };
}

function deployment(body: JsonObject, context: MapContext): Mapped {
  const status = textAt(body, "status");
  if (status === undefined) throw new Unfit(["status"], "must be a text");
  const type = TYPES[status];
  if (type === undefined) return ignored(status);
  const id = numberAt(body, "deployment_id");
  if (id === undefined) throw new Unfit(["deployment_id"], "must be a whole number");
  const time = parseTime(textAt(body, "status_changed_at"));
  if (time === undefined) throw new Unfit(["status_changed_at"], "must be a time");
  const environment = at(body, "environment");
  const { identity, projectId, repoUrl } = readProject(
    body,
    context,
    typeof environment === "string" ? environment : textAt(environment, "name"),
  );
  return {
    events: [
      createEvent(identity, {
        type,
        time,
        // Of two hooks, each has its own Idempotency-Key for the same deployment.
        key: [projectId, id, status],
        commit: commitOf(body),
        branch: branchOf(textAt(body, "ref")),
        repoUrl,
        syncId: syncIdOf("gitlab", projectId, id),
        reason: status,
        ...(type === "sync_failed" && failureOf(status)),
      }),
    ],
  };
}

function failureOf(status: string) {
  const errorType: ErrorType = status === "canceled" ? CANCELLED : "sync_error";
  const errorMessage = `the deployment's status is ${status}`;
  return status === "canceled"
    ? ({ errorType, errorMessage, outcome: "unknown", severity: "info" } as const)
    : { errorType, errorMessage };
}

/** Only its URL has the whole commit. */
function commitOf(body: JsonObject): string | undefined {
  const url = textAt(body, "commit_url");
  const last = url?.slice(url.lastIndexOf("/") + 1);
  return last !== undefined && isCommit(last) ? last : (textAt(body, "sha") ?? textAt(body, "short_sha"));
}

function readProject(
  body: JsonObject,
  context: MapContext,
  environment?: string,
): { identity: Identity; projectId: number | string; repoUrl: string | undefined } {
  const project = objectAt(body, "project");
  const path = textAt(project, "path_with_namespace");
  const slash = path?.lastIndexOf("/") ?? -1;
  if (path === undefined || slash <= 0 || slash === path.length - 1) {
    throw new Unfit(["project", "path_with_namespace"], "must be <group>/<name>");
  }
  const projectId = numberAt(project, "id") ?? numberAt(body, "project_id") ?? path;
  const names = { namespace: path.slice(0, slash), name: path.slice(slash + 1) };
  const object = { system: "gitlab", kind: "Project", ...names, environment, labels: {} };
  return {
    identity: identify(object, context),
    projectId,
    repoUrl: textAt(project, "git_http_url") ?? textAt(project, "web_url"),
  };
}
