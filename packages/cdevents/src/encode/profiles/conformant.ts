import type { AluminiEvent, EventOf } from "@alumiini/core";
import { errorsOf, isNewCommit, repositoryReference, stepOutcome, syncOutcome } from "../content.js";
import { KULTA_SOURCE } from "../identifiers.js";
import { incidentDetected, incidentResolved } from "../incidents.js";
import type { Encoding, PartialCdevent } from "../partial-cdevent.js";
import { PREVIOUS } from "../partial-cdevent.js";
import { customCdevent } from "./custom.js";

/** Every type told in the words of the released specification: syncs are pipeline runs, their steps task runs. */
export function conformantProfile(event: AluminiEvent, encoding: Encoding): readonly PartialCdevent[] {
  const { settings, run, cause: path } = encoding;
  switch (event.type) {
    case "sync_started": {
      const content = { pipelineName: event.repoName, uri: settings.runUri(event, run) };
      return [{ type: { name: "pipelinerun.started" }, subject: run, content, links: { path } }];
    }
    case "sync_completed":
      return completed(event, finishedRun(event, encoding), handOffRun(event), encoding);
    case "sync_failed":
      return [finishedRun(event, encoding), ...incidentDetected(event, encoding)];
    default:
      return stepCdevents(event, encoding, true);
  }
}

/** A completed sync: the run, then what it deployed or who takes over, then the incident that it ended. */
export function completed(
  event: EventOf<"sync_completed">,
  run: PartialCdevent,
  handOff: PartialCdevent | undefined,
  encoding: Encoding,
): readonly PartialCdevent[] {
  const deployed = handOff ?? deployedService(event, encoding);
  const first = deployed === undefined ? run : { ...run, links: { ...run.links, end: false } };
  return [first, ...(deployed === undefined ? [] : [deployed]), ...incidentResolved(event, encoding)];
}

/** Everything but the syncs: steps of a run, and what the specification has no type for. */
export function stepCdevents(event: AluminiEvent, encoding: Encoding, inPipeline: boolean): readonly PartialCdevent[] {
  switch (event.type) {
    case "git_fetched":
    case "git_cloned": {
      const name = event.type === "git_cloned" ? "git-clone" : "git-fetch";
      const merged = event.type === "git_fetched" && event.outcome === "success" && isNewCommit(event);
      const step = task(event, "taskrun.finished", name, encoding, inPipeline);
      return merged && event.commit !== undefined ? [step, mergedChange(event, event.commit, encoding)] : [step];
    }
    case "apply_started":
      return [task(event, "taskrun.started", "apply", encoding, inPipeline)];
    case "apply_completed":
    case "apply_failed":
      return [task(event, "taskrun.finished", "apply", encoding, inPipeline)];
    case "drift_detected":
      return [customCdevent(event, encoding), ...incidentDetected(event, encoding)];
    case "drift_corrected":
      return [
        customCdevent(event, encoding),
        ...(event.outcome === "success" ? incidentResolved(event, encoding) : []),
      ];
    default:
      return [customCdevent(event, encoding)];
  }
}

function finishedRun(
  event: EventOf<"sync_completed" | "sync_failed">,
  { settings, run, cause }: Encoding,
): PartialCdevent {
  return {
    type: { name: "pipelinerun.finished" },
    subject: run,
    content: {
      pipelineName: event.repoName,
      uri: settings.runUri(event, run),
      outcome: syncOutcome(event, settings.profile),
      errors: errorsOf(event),
    },
    links: { path: cause, end: true },
  };
}

/** KULTA's rollout as a run that waits to start; what it deploys is KULTA's to tell. */
function handOffRun(event: EventOf<"sync_completed">): PartialCdevent | undefined {
  if (event.rolloutRef === undefined) return undefined;
  return {
    type: { name: "pipelinerun.queued" },
    subject: event.rolloutRef,
    subjectSource: KULTA_SOURCE,
    content: { pipelineName: event.rolloutRef },
    links: { path: PREVIOUS },
  };
}

/** The first sync deploys a service, a new commit upgrades it, and the same commit again changes nothing. */
function deployedService(
  event: EventOf<"sync_completed">,
  { settings, repository }: Encoding,
): PartialCdevent | undefined {
  const first = event.commit !== undefined && event.previousCommit === undefined;
  if (!first && !isNewCommit(event)) return undefined;
  const artifactId = settings.artifactId(event);
  if (artifactId === undefined) return undefined;
  return {
    type: { name: first ? "service.deployed" : "service.upgraded" },
    subject: repository,
    content: { environment: settings.environment(event), artifactId },
    links: { path: PREVIOUS, end: true },
  };
}

function mergedChange(event: EventOf<"git_fetched">, commit: string, { repository }: Encoding): PartialCdevent {
  return {
    type: { name: "change.merged" },
    subject: commit,
    content: { repository: repositoryReference(event, repository) },
    links: { path: PREVIOUS },
  };
}

function task(
  event: EventOf<"git_fetched" | "git_cloned" | "apply_started" | "apply_completed" | "apply_failed">,
  name: "taskrun.started" | "taskrun.finished",
  taskName: string,
  { run, cause }: Encoding,
  inPipeline: boolean,
): PartialCdevent {
  return {
    type: { name },
    subject: `${run}/${taskName}`,
    content: {
      taskName,
      pipelineRun: inPipeline && event.syncId !== undefined ? { id: run } : undefined,
      ...(name === "taskrun.finished" && { outcome: stepOutcome(event), errors: errorsOf(event) }),
    },
    links: { path: cause },
  };
}
