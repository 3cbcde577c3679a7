import type { ErrorType, EventType } from "@alumiini/core";
import { createEvent, type Identity, identify } from "../mapping/event.js";
import { syncIdOf } from "../mapping/id.js";
import { type JsonObject, numberAt, objectAt, textAt } from "../mapping/json.js";
import { createMapper, ignored, type MapContext, type Mapped, type Mapper, Unfit } from "../mapping/mapper.js";
import { branchOf } from "../mapping/revision.js";
import { duration, isTime, parseTime } from "../mapping/time.js";

const TYPES: Readonly<Record<string, EventType>> = {
  in_progress: "sync_started",
  success: "sync_completed",
  failure: "sync_failed",
  error: "sync_failed",
};

/**
 * Maps webhooks of GitHub: `push` and `deployment_status`. Other events are ignored by their name, other states by their
 * word. The namespace is the repository's owner. A push is dated by GitHub's clock where it tells one, else by its newest
 * commit.
 */
export const github: Mapper = createMapper(({ body, header }, context) => {
  const event = header("x-github-event");
  if (event === undefined) throw new Unfit([], "comes without the header x-github-event");
  if (event === "push") return push(body, context);
  return event === "deployment_status" ? deploymentStatus(body, context) : ignored(event);
});

function push(body: JsonObject, context: MapContext): Mapped {
  const ref = textAt(body, "ref");
  if (ref === undefined) throw new Unfit(["ref"], "must be a text");
  const branch = ref.startsWith("refs/heads/") ? branchOf(ref) : undefined;
  if (branch === undefined) return ignored("tag");
  if (body["deleted"] === true) return ignored("branch_deleted");
  const commit = textAt(body, "after");
  if (commit === undefined) throw new Unfit(["after"], "must be a commit");
  const committedAt = parseTime(textAt(body, "head_commit", "timestamp"));
  const time = pushedAt(body) ?? committedAt;
  if (time === undefined) throw new Unfit(["head_commit", "timestamp"], "must be a time");
  const before = textAt(body, "before");
  const { identity, repositoryId, repoUrl } = readRepository(body, context);
  return {
    events: [
      createEvent(identity, {
        type: "webhook_received",
        time,
        key: [repositoryId, ref, before, commit],
        provider: "github",
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

function pushedAt(body: JsonObject): number | undefined {
  const seconds = numberAt(body, "repository", "pushed_at");
  return seconds !== undefined && isTime(seconds * 1000) ? seconds * 1000 : undefined;
}

function deploymentStatus(body: JsonObject, context: MapContext): Mapped {
  const state = textAt(body, "deployment_status", "state");
  if (state === undefined) throw new Unfit(["deployment_status", "state"], "must be a text");
  const type = TYPES[state];
  if (type === undefined) return ignored(state);
  const id = numberAt(body, "deployment_status", "id");
  if (id === undefined) throw new Unfit(["deployment_status", "id"], "must be a whole number");
  const time = parseTime(textAt(body, "deployment_status", "created_at"));
  if (time === undefined) throw new Unfit(["deployment_status", "created_at"], "must be a time");
  const deployment = objectAt(body, "deployment");
  const environment = textAt(body, "deployment_status", "environment") ?? textAt(deployment, "environment");
  const { identity, repositoryId, repoUrl } = readRepository(body, context, environment);
  const ended = type !== "sync_started";
  return {
    events: [
      createEvent(identity, {
        type,
        time,
        key: [repositoryId, id],
        commit: textAt(deployment, "sha"),
        branch: branchOf(textAt(deployment, "ref")),
        repoUrl,
        syncId: syncIdOf("github", repositoryId, numberAt(deployment, "id") ?? id),
        durationMs: ended ? duration(parseTime(textAt(deployment, "created_at")), time) : undefined,
        reason: state,
        ...(type === "sync_failed" && {
          errorType: "sync_error" satisfies ErrorType,
          errorMessage: textAt(body, "deployment_status", "description") ?? `the deployment's state is ${state}`,
        }),
      }),
    ],
  };
}

function readRepository(
  body: JsonObject,
  context: MapContext,
  environment?: string,
): { identity: Identity; repositoryId: number | string; repoUrl: string | undefined } {
  const repository = objectAt(body, "repository");
  const [owner, fullName] = textAt(repository, "full_name")?.split("/", 2) ?? [];
  const name = textAt(repository, "name") ?? fullName;
  const namespace = textAt(repository, "owner", "login") ?? owner;
  const repositoryId = numberAt(repository, "id") ?? `${namespace}/${name}`;
  if (!name) throw new Unfit(["repository", "name"], "must be a text");
  if (!namespace) throw new Unfit(["repository", "full_name"], "must be <owner>/<name>");
  const object = { system: "github", kind: "Repository", namespace, name, environment, labels: {} };
  return {
    identity: identify(object, context),
    repositoryId,
    repoUrl: textAt(repository, "clone_url") ?? textAt(repository, "html_url"),
  };
}
