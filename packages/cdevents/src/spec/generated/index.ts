// Made by scripts/generate.ts from the official schemas of CDEvents 0.4.1 and 0.5.1.

import * as artifact from "./artifact.js";
import * as branch from "./branch.js";
import * as build from "./build.js";
import * as change from "./change.js";
import * as environment from "./environment.js";
import * as incident from "./incident.js";
import * as pipelinerun from "./pipelinerun.js";
import * as repository from "./repository.js";
import * as service from "./service.js";
import * as taskrun from "./taskrun.js";
import * as testcaserun from "./testcaserun.js";
import * as testoutput from "./testoutput.js";
import * as testsuiterun from "./testsuiterun.js";
import * as ticket from "./ticket.js";

export * from "./artifact.js";
export * from "./branch.js";
export * from "./build.js";
export * from "./change.js";
export * from "./environment.js";
export * from "./incident.js";
export * from "./pipelinerun.js";
export * from "./repository.js";
export * from "./service.js";
export * from "./taskrun.js";
export * from "./testcaserun.js";
export * from "./testoutput.js";
export * from "./testsuiterun.js";
export * from "./ticket.js";

/** The content of each event type in 0.5.1. */
export interface Contents051 {
  readonly "artifact.deleted": artifact.ArtifactDeletedContent;
  readonly "artifact.downloaded": artifact.ArtifactDownloadedContent;
  readonly "artifact.packaged": artifact.ArtifactPackagedContent;
  readonly "artifact.published": artifact.ArtifactPublishedContent;
  readonly "artifact.signed": artifact.ArtifactSignedContent;
  readonly "branch.created": branch.BranchCreatedContent;
  readonly "branch.deleted": branch.BranchDeletedContent;
  readonly "build.finished": build.BuildFinishedContent;
  readonly "build.queued": build.BuildQueuedContent;
  readonly "build.started": build.BuildStartedContent;
  readonly "change.abandoned": change.ChangeAbandonedContent;
  readonly "change.created": change.ChangeCreatedContent;
  readonly "change.merged": change.ChangeMergedContent;
  readonly "change.reviewed": change.ChangeReviewedContent;
  readonly "change.updated": change.ChangeUpdatedContent;
  readonly "environment.created": environment.EnvironmentCreatedContent;
  readonly "environment.deleted": environment.EnvironmentDeletedContent;
  readonly "environment.modified": environment.EnvironmentModifiedContent;
  readonly "incident.detected": incident.IncidentDetectedContent;
  readonly "incident.reported": incident.IncidentReportedContent;
  readonly "incident.resolved": incident.IncidentResolvedContent;
  readonly "pipelinerun.finished": pipelinerun.PipelinerunFinishedContent;
  readonly "pipelinerun.queued": pipelinerun.PipelinerunQueuedContent;
  readonly "pipelinerun.started": pipelinerun.PipelinerunStartedContent;
  readonly "repository.created": repository.RepositoryCreatedContent;
  readonly "repository.deleted": repository.RepositoryDeletedContent;
  readonly "repository.modified": repository.RepositoryModifiedContent;
  readonly "service.deployed": service.ServiceDeployedContent;
  readonly "service.published": service.ServicePublishedContent;
  readonly "service.removed": service.ServiceRemovedContent;
  readonly "service.rolledback": service.ServiceRolledbackContent;
  readonly "service.upgraded": service.ServiceUpgradedContent;
  readonly "taskrun.finished": taskrun.TaskrunFinishedContent;
  readonly "taskrun.started": taskrun.TaskrunStartedContent;
  readonly "testcaserun.finished": testcaserun.TestcaserunFinishedContent;
  readonly "testcaserun.queued": testcaserun.TestcaserunQueuedContent;
  readonly "testcaserun.skipped": testcaserun.TestcaserunSkippedContent;
  readonly "testcaserun.started": testcaserun.TestcaserunStartedContent;
  readonly "testoutput.published": testoutput.TestoutputPublishedContent;
  readonly "testsuiterun.finished": testsuiterun.TestsuiterunFinishedContent;
  readonly "testsuiterun.queued": testsuiterun.TestsuiterunQueuedContent;
  readonly "testsuiterun.started": testsuiterun.TestsuiterunStartedContent;
  readonly "ticket.closed": ticket.TicketClosedContent;
  readonly "ticket.created": ticket.TicketCreatedContent;
  readonly "ticket.updated": ticket.TicketUpdatedContent;
}

/** The content of each event type in 0.4.1. */
export interface Contents041 {
  readonly "artifact.deleted": artifact.ArtifactDeletedContent;
  readonly "artifact.downloaded": artifact.ArtifactDownloadedContent;
  readonly "artifact.packaged": artifact.ArtifactPackagedContent;
  readonly "artifact.published": artifact.ArtifactPublishedContent;
  readonly "artifact.signed": artifact.ArtifactSignedContent;
  readonly "branch.created": branch.BranchCreatedContent;
  readonly "branch.deleted": branch.BranchDeletedContent;
  readonly "build.finished": build.BuildFinishedContent;
  readonly "build.queued": build.BuildQueuedContent;
  readonly "build.started": build.BuildStartedContent;
  readonly "change.abandoned": change.ChangeAbandonedContent;
  readonly "change.created": change.ChangeCreatedContent;
  readonly "change.merged": change.ChangeMergedContent;
  readonly "change.reviewed": change.ChangeReviewedContent;
  readonly "change.updated": change.ChangeUpdatedContent;
  readonly "environment.created": environment.EnvironmentCreatedContent041;
  readonly "environment.deleted": environment.EnvironmentDeletedContent;
  readonly "environment.modified": environment.EnvironmentModifiedContent041;
  readonly "incident.detected": incident.IncidentDetectedContent;
  readonly "incident.reported": incident.IncidentReportedContent;
  readonly "incident.resolved": incident.IncidentResolvedContent;
  readonly "pipelinerun.finished": pipelinerun.PipelinerunFinishedContent041;
  readonly "pipelinerun.queued": pipelinerun.PipelinerunQueuedContent041;
  readonly "pipelinerun.started": pipelinerun.PipelinerunStartedContent041;
  readonly "repository.created": repository.RepositoryCreatedContent041;
  readonly "repository.deleted": repository.RepositoryDeletedContent041;
  readonly "repository.modified": repository.RepositoryModifiedContent041;
  readonly "service.deployed": service.ServiceDeployedContent;
  readonly "service.published": service.ServicePublishedContent;
  readonly "service.removed": service.ServiceRemovedContent;
  readonly "service.rolledback": service.ServiceRolledbackContent;
  readonly "service.upgraded": service.ServiceUpgradedContent;
  readonly "taskrun.finished": taskrun.TaskrunFinishedContent041;
  readonly "taskrun.started": taskrun.TaskrunStartedContent041;
  readonly "testcaserun.finished": testcaserun.TestcaserunFinishedContent041;
  readonly "testcaserun.queued": testcaserun.TestcaserunQueuedContent;
  readonly "testcaserun.skipped": testcaserun.TestcaserunSkippedContent;
  readonly "testcaserun.started": testcaserun.TestcaserunStartedContent;
  readonly "testoutput.published": testoutput.TestoutputPublishedContent;
  readonly "testsuiterun.finished": testsuiterun.TestsuiterunFinishedContent041;
  readonly "testsuiterun.queued": testsuiterun.TestsuiterunQueuedContent041;
  readonly "testsuiterun.started": testsuiterun.TestsuiterunStartedContent;
  readonly "ticket.closed": ticket.TicketClosedContent;
  readonly "ticket.created": ticket.TicketCreatedContent;
  readonly "ticket.updated": ticket.TicketUpdatedContent;
}

/** Every event type of the specification. */
export const DEFINITIONS = [
  artifact.artifactDeleted,
  artifact.artifactDownloaded,
  artifact.artifactPackaged,
  artifact.artifactPublished,
  artifact.artifactSigned,
  branch.branchCreated,
  branch.branchDeleted,
  build.buildFinished,
  build.buildQueued,
  build.buildStarted,
  change.changeAbandoned,
  change.changeCreated,
  change.changeMerged,
  change.changeReviewed,
  change.changeUpdated,
  environment.environmentCreated,
  environment.environmentDeleted,
  environment.environmentModified,
  incident.incidentDetected,
  incident.incidentReported,
  incident.incidentResolved,
  pipelinerun.pipelinerunFinished,
  pipelinerun.pipelinerunQueued,
  pipelinerun.pipelinerunStarted,
  repository.repositoryCreated,
  repository.repositoryDeleted,
  repository.repositoryModified,
  service.serviceDeployed,
  service.servicePublished,
  service.serviceRemoved,
  service.serviceRolledback,
  service.serviceUpgraded,
  taskrun.taskrunFinished,
  taskrun.taskrunStarted,
  testcaserun.testcaserunFinished,
  testcaserun.testcaserunQueued,
  testcaserun.testcaserunSkipped,
  testcaserun.testcaserunStarted,
  testoutput.testoutputPublished,
  testsuiterun.testsuiterunFinished,
  testsuiterun.testsuiterunQueued,
  testsuiterun.testsuiterunStarted,
  ticket.ticketClosed,
  ticket.ticketCreated,
  ticket.ticketUpdated,
] as const;
