// Made by scripts/generate.ts from the official schemas of CDEvents 0.4.1 and 0.5.1.

import type { CdeventDefinition } from "../definition.js";
import type { Reference } from "../reference.js";
import { FULL_TEXT, REFERENCE, TEXT, URI } from "../schema.js";

/** The content of `testsuiterun.finished` in 0.5.1. */
export interface TestsuiterunFinishedContent {
  readonly environment: Reference;
  readonly testSuite?: {
    readonly id: string;
    readonly version?: string;
    readonly name?: string;
    readonly uri?: string;
  };
  readonly outcome: "success" | "failure" | "cancel" | "error";
  readonly severity?: "low" | "medium" | "high" | "critical";
  readonly reason?: string;
}

/** The content of `testsuiterun.finished` in 0.4.1. */
export interface TestsuiterunFinishedContent041 {
  readonly environment: Reference;
  readonly testSuite?: {
    readonly id: string;
    readonly version?: string;
    readonly name?: string;
    readonly uri?: string;
  };
  readonly outcome: "pass" | "fail" | "cancel" | "error";
  readonly severity?: "low" | "medium" | "high" | "critical";
  readonly reason?: string;
}

/** `dev.cdevents.testsuiterun.finished`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const testsuiterunFinished: CdeventDefinition<"testsuiterun.finished"> = {
  name: "testsuiterun.finished",
  content: {
    type: "object",
    properties: {
      environment: REFERENCE,
      testSuite: {
        type: "object",
        properties: { id: FULL_TEXT, version: TEXT, name: TEXT, uri: URI },
        required: ["id"],
        closed: true,
      },
      outcome: { type: "string", enum: ["success", "failure", "cancel", "error"] },
      severity: { type: "string", enum: ["low", "medium", "high", "critical"] },
      reason: TEXT,
    },
    required: ["outcome", "environment"],
    closed: true,
  },
  content041: {
    type: "object",
    properties: {
      environment: REFERENCE,
      testSuite: {
        type: "object",
        properties: { id: FULL_TEXT, version: TEXT, name: TEXT, uri: URI },
        required: ["id"],
        closed: true,
      },
      outcome: { type: "string", enum: ["pass", "fail", "cancel", "error"] },
      severity: { type: "string", enum: ["low", "medium", "high", "critical"] },
      reason: TEXT,
    },
    required: ["outcome", "environment"],
    closed: true,
  },
  looseSources: true,
};

/** The content of `testsuiterun.queued` in 0.5.1. */
export interface TestsuiterunQueuedContent {
  readonly trigger?: { readonly type?: "manual" | "pipeline" | "event" | "schedule" | "other"; readonly uri?: string };
  readonly environment: Reference;
  readonly testSuite?: {
    readonly id: string;
    readonly version?: string;
    readonly name?: string;
    readonly uri?: string;
  };
}

/** The content of `testsuiterun.queued` in 0.4.1. */
export interface TestsuiterunQueuedContent041 {
  readonly trigger?: { readonly type?: "manual" | "pipeline" | "event" | "schedule" | "other"; readonly uri?: string };
  readonly environment: Reference;
  readonly testSuite?: {
    readonly id: string;
    readonly version?: string;
    readonly name?: string;
    readonly url?: string;
  };
}

/** `dev.cdevents.testsuiterun.queued`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const testsuiterunQueued: CdeventDefinition<"testsuiterun.queued"> = {
  name: "testsuiterun.queued",
  content: {
    type: "object",
    properties: {
      trigger: {
        type: "object",
        properties: { type: { type: "string", enum: ["manual", "pipeline", "event", "schedule", "other"] }, uri: URI },
      },
      environment: REFERENCE,
      testSuite: {
        type: "object",
        properties: { id: FULL_TEXT, version: TEXT, name: TEXT, uri: URI },
        required: ["id"],
        closed: true,
      },
    },
    required: ["environment"],
    closed: true,
  },
  content041: {
    type: "object",
    properties: {
      trigger: {
        type: "object",
        properties: { type: { type: "string", enum: ["manual", "pipeline", "event", "schedule", "other"] }, uri: URI },
      },
      environment: REFERENCE,
      testSuite: {
        type: "object",
        properties: { id: FULL_TEXT, version: TEXT, name: TEXT, url: URI },
        required: ["id"],
        closed: true,
      },
    },
    required: ["environment"],
    closed: true,
  },
  looseSources: true,
};

/** The content of `testsuiterun.started`. */
export interface TestsuiterunStartedContent {
  readonly trigger?: { readonly type?: "manual" | "pipeline" | "event" | "schedule" | "other"; readonly uri?: string };
  readonly environment: Reference;
  readonly testSuite?: {
    readonly id: string;
    readonly version?: string;
    readonly name?: string;
    readonly uri?: string;
  };
}

/** `dev.cdevents.testsuiterun.started`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const testsuiterunStarted: CdeventDefinition<"testsuiterun.started"> = {
  name: "testsuiterun.started",
  content: {
    type: "object",
    properties: {
      trigger: {
        type: "object",
        properties: { type: { type: "string", enum: ["manual", "pipeline", "event", "schedule", "other"] }, uri: URI },
      },
      environment: REFERENCE,
      testSuite: {
        type: "object",
        properties: { id: FULL_TEXT, version: TEXT, name: TEXT, uri: URI },
        required: ["id"],
        closed: true,
      },
    },
    required: ["environment"],
    closed: true,
  },
  looseSources: true,
};
