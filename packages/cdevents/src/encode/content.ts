import { type AluminiEvent, type EventOf, isCancelled } from "@alumiini/core";
import type { Reference } from "../spec/reference.js";
import { remoteUri } from "./identifiers.js";
import type { CdeventsProfile } from "./options.js";

type WithError = AluminiEvent & { readonly errorType?: string; readonly errorMessage?: string };

/** The outcome words of CDEvents. */
export type CdeventOutcome = "success" | "failure" | "error" | "cancel";

/** What the specification calls an error: nobody knows what the run would have come to. */
const FAULTS_OF_THE_DEPLOYED = new Set(["parse_error", "apply_error", "conflict", "validation", "auth"]);

/**
 * How a sync ended: `failure` where what was to be deployed is at fault, `error` where the run broke off (git, network,
 * time, and what isn't known). A cancelled one is `cancel`, which 0.4.1 doesn't have: there it broke off.
 */
export function syncOutcome(
  event: EventOf<"sync_completed" | "sync_failed">,
  profile: CdeventsProfile,
): CdeventOutcome {
  if (event.type === "sync_completed") return "success";
  if (isCancelled(event)) return profile === "0.4.1" ? "error" : "cancel";
  return event.outcome !== "timeout" && FAULTS_OF_THE_DEPLOYED.has(event.errorType ?? "") ? "failure" : "error";
}

/** How a step ended; nothing where that isn't known. */
export function stepOutcome({ outcome }: AluminiEvent): CdeventOutcome | undefined {
  if (outcome === "timeout") return "error";
  return outcome === "unknown" ? undefined : outcome;
}

/** The error's type and message as one text; nothing where there is none. */
export function errorsOf(event: WithError): string | undefined {
  const { errorType, errorMessage } = event;
  return errorType !== undefined && errorMessage !== undefined
    ? `${errorType}: ${errorMessage}`
    : (errorType ?? errorMessage);
}

/** The repository as a subject that others refer to. */
export function repositoryReference({ repoUrl }: AluminiEvent, id: string): Reference {
  return repoUrl === undefined ? { id } : { id, source: remoteUri(repoUrl) };
}

/** Whether the commit is another than before; where no earlier one is known, it is not known to be. */
export function isNewCommit({ commit, previousCommit }: AluminiEvent): boolean {
  return commit !== undefined && previousCommit !== undefined && commit !== previousCommit;
}
