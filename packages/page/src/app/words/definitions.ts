import type { DoraMeasureName } from "@alumiini/history";

/** What each measure is, and how it differs from others of the same name. */
export interface Definition {
  readonly title: string;
  /** After its name in a sentence or a button. */
  readonly lower: string;
  /** The short word of links and commands. */
  readonly short: string;
  readonly meaning: string;
  readonly text: string;
}

export const DORA_WORDS: Readonly<Record<DoraMeasureName, Definition>> = {
  deploymentFrequency: {
    title: "Deployment frequency",
    lower: "deployment frequency",
    short: "frequency",
    meaning: "deployments ÷ observed days",
    text: "A deployment is a sync that changed what runs: it applied another revision, and its outcome is known. Heartbeats, retries of the same revision and syncs that failed before they changed anything are not counted. Time that was not observed is left out of the divisor.",
  },
  changeLeadTime: {
    title: "Change lead time",
    lower: "change lead time",
    short: "lead-time",
    meaning: "from the commit to the end of the sync that applied it",
    text: "From the commit to the end of the sync that applied it, for each deployment whose commit time is known. The number is the median; 9 of 10 are within the second number.",
  },
  changeFailRate: {
    title: "Change fail rate",
    lower: "change fail rate",
    short: "fail-rate",
    meaning: "failed deployments ÷ all deployments that changed something",
    text: "The part of deployments that failed after they changed something, were rolled back, or whose rollout was rolled back. A sync that failed before it changed anything is no failed deployment.",
  },
  failedDeploymentRecoveryTime: {
    title: "Failed deployment recovery time",
    lower: "failed deployment recovery time",
    short: "recovery-time",
    meaning: "from a failed deployment to the next good state",
    text: "From the failure to the next successful sync, whatever its revision. Failures that have not recovered are missing in the coverage, not counted as 0. The number is the median; 9 of 10 are within the second number.",
  },
  deploymentReworkRate: {
    title: "Deployment rework rate",
    lower: "deployment rework rate",
    short: "rework-rate",
    meaning: "unplanned deployments ÷ all deployments that tell",
    text: "The part of deployments that were unplanned. The attribute alumiini.deployment.rework on an event of the sync decides; without it, a rollback of a deployment or the first new revision after a failed one counts as rework.",
  },
};
