// Made by scripts/generate.ts from the official schemas of CDEvents 0.4.1 and 0.5.1.

import type { CdeventDefinition } from "../definition.js";
import { TEXT } from "../schema.js";

/** The content of `build.finished`. */
export interface BuildFinishedContent {
  readonly artifactId?: string;
}

/** `dev.cdevents.build.finished`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const buildFinished: CdeventDefinition<"build.finished"> = {
  name: "build.finished",
  content: { type: "object", properties: { artifactId: TEXT }, closed: true },
};

/** The content of `build.queued`. */
export type BuildQueuedContent = Readonly<Record<string, never>>;

/** `dev.cdevents.build.queued`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const buildQueued: CdeventDefinition<"build.queued"> = {
  name: "build.queued",
  content: { type: "object", closed: true },
};

/** The content of `build.started`. */
export type BuildStartedContent = Readonly<Record<string, never>>;

/** `dev.cdevents.build.started`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const buildStarted: CdeventDefinition<"build.started"> = {
  name: "build.started",
  content: { type: "object", closed: true },
};
