// Made by scripts/generate.ts from the official schemas of CDEvents 0.4.1 and 0.5.1.

import type { CdeventDefinition } from "../definition.js";
import type { Reference } from "../reference.js";
import { REFERENCE, TEXT, URI } from "../schema.js";

/** The content of `taskrun.finished` in 0.5.1. */
export interface TaskrunFinishedContent {
  readonly taskName?: string;
  readonly uri?: string;
  readonly pipelineRun?: Reference;
  readonly outcome?: string;
  readonly errors?: string;
}

/** The content of `taskrun.finished` in 0.4.1. */
export interface TaskrunFinishedContent041 {
  readonly taskName?: string;
  readonly url?: string;
  readonly pipelineRun?: Reference;
  readonly outcome?: string;
  readonly errors?: string;
}

/** `dev.cdevents.taskrun.finished`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const taskrunFinished: CdeventDefinition<"taskrun.finished"> = {
  name: "taskrun.finished",
  content: {
    type: "object",
    properties: { taskName: TEXT, uri: URI, pipelineRun: REFERENCE, outcome: TEXT, errors: TEXT },
    closed: true,
  },
  content041: {
    type: "object",
    properties: { taskName: TEXT, url: TEXT, pipelineRun: REFERENCE, outcome: TEXT, errors: TEXT },
    closed: true,
  },
};

/** The content of `taskrun.started` in 0.5.1. */
export interface TaskrunStartedContent {
  readonly taskName?: string;
  readonly uri?: string;
  readonly pipelineRun?: Reference;
}

/** The content of `taskrun.started` in 0.4.1. */
export interface TaskrunStartedContent041 {
  readonly taskName?: string;
  readonly url?: string;
  readonly pipelineRun?: Reference;
}

/** `dev.cdevents.taskrun.started`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const taskrunStarted: CdeventDefinition<"taskrun.started"> = {
  name: "taskrun.started",
  content: { type: "object", properties: { taskName: TEXT, uri: URI, pipelineRun: REFERENCE }, closed: true },
  content041: { type: "object", properties: { taskName: TEXT, url: TEXT, pipelineRun: REFERENCE }, closed: true },
};
