// Made by scripts/generate.ts from the official schemas of CDEvents 0.4.1 and 0.5.1.

import type { CdeventDefinition } from "../definition.js";
import { TEXT, URI } from "../schema.js";

/** The content of `pipelinerun.finished` in 0.5.1. */
export interface PipelinerunFinishedContent {
  readonly pipelineName?: string;
  readonly uri?: string;
  readonly outcome?: "success" | "failure" | "cancel" | "error";
  readonly errors?: string;
}

/** The content of `pipelinerun.finished` in 0.4.1. */
export interface PipelinerunFinishedContent041 {
  readonly pipelineName?: string;
  readonly url?: string;
  readonly outcome?: string;
  readonly errors?: string;
}

/** `dev.cdevents.pipelinerun.finished`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const pipelinerunFinished: CdeventDefinition<"pipelinerun.finished"> = {
  name: "pipelinerun.finished",
  content: {
    type: "object",
    properties: {
      pipelineName: TEXT,
      uri: URI,
      outcome: { type: "string", enum: ["success", "failure", "cancel", "error"] },
      errors: TEXT,
    },
    closed: true,
  },
  content041: {
    type: "object",
    properties: { pipelineName: TEXT, url: TEXT, outcome: TEXT, errors: TEXT },
    closed: true,
  },
};

/** The content of `pipelinerun.queued` in 0.5.1. */
export interface PipelinerunQueuedContent {
  readonly pipelineName?: string;
  readonly uri?: string;
}

/** The content of `pipelinerun.queued` in 0.4.1. */
export interface PipelinerunQueuedContent041 {
  readonly pipelineName?: string;
  readonly url?: string;
}

/** `dev.cdevents.pipelinerun.queued`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const pipelinerunQueued: CdeventDefinition<"pipelinerun.queued"> = {
  name: "pipelinerun.queued",
  content: { type: "object", properties: { pipelineName: TEXT, uri: URI }, closed: true },
  content041: { type: "object", properties: { pipelineName: TEXT, url: TEXT }, closed: true },
};

/** The content of `pipelinerun.started` in 0.5.1. */
export interface PipelinerunStartedContent {
  readonly pipelineName: string;
  readonly uri: string;
}

/** The content of `pipelinerun.started` in 0.4.1. */
export interface PipelinerunStartedContent041 {
  readonly pipelineName: string;
  readonly url: string;
}

/** `dev.cdevents.pipelinerun.started`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const pipelinerunStarted: CdeventDefinition<"pipelinerun.started"> = {
  name: "pipelinerun.started",
  content: {
    type: "object",
    properties: { pipelineName: TEXT, uri: URI },
    required: ["pipelineName", "uri"],
    closed: true,
  },
  content041: {
    type: "object",
    properties: { pipelineName: TEXT, url: TEXT },
    required: ["pipelineName", "url"],
    closed: true,
  },
};
