// Made by scripts/generate.ts from the official schemas of CDEvents 0.4.1 and 0.5.1.

import type { CdeventDefinition } from "../definition.js";
import type { Reference } from "../reference.js";
import { FULL_TEXT, LOOSE_REFERENCE, REFERENCE, TEXT, URI } from "../schema.js";

/** The content of `testcaserun.finished` in 0.5.1. */
export interface TestcaserunFinishedContent {
  readonly outcome: "success" | "failure" | "cancel" | "error";
  readonly severity?: "low" | "medium" | "high" | "critical";
  readonly reason?: string;
  readonly environment: Reference;
  readonly testSuiteRun?: Reference;
  readonly testCase?: {
    readonly id: string;
    readonly version?: string;
    readonly name?: string;
    readonly type?: "performance" | "functional" | "unit" | "security" | "compliance" | "integration" | "e2e" | "other";
    readonly uri?: string;
  };
}

/** The content of `testcaserun.finished` in 0.4.1. */
export interface TestcaserunFinishedContent041 {
  readonly outcome: "pass" | "fail" | "cancel" | "error";
  readonly severity?: "low" | "medium" | "high" | "critical";
  readonly reason?: string;
  readonly environment: Reference;
  readonly testSuiteRun?: Reference;
  readonly testCase?: {
    readonly id: string;
    readonly version?: string;
    readonly name?: string;
    readonly type?: "performance" | "functional" | "unit" | "security" | "compliance" | "integration" | "e2e" | "other";
    readonly uri?: string;
  };
}

/** `dev.cdevents.testcaserun.finished`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const testcaserunFinished: CdeventDefinition<"testcaserun.finished"> = {
  name: "testcaserun.finished",
  content: {
    type: "object",
    properties: {
      outcome: { type: "string", enum: ["success", "failure", "cancel", "error"] },
      severity: { type: "string", enum: ["low", "medium", "high", "critical"] },
      reason: TEXT,
      environment: REFERENCE,
      testSuiteRun: LOOSE_REFERENCE,
      testCase: {
        type: "object",
        properties: {
          id: FULL_TEXT,
          version: TEXT,
          name: TEXT,
          type: {
            type: "string",
            enum: ["performance", "functional", "unit", "security", "compliance", "integration", "e2e", "other"],
          },
          uri: URI,
        },
        required: ["id"],
        closed: true,
      },
    },
    required: ["outcome", "environment"],
    closed: true,
  },
  content041: {
    type: "object",
    properties: {
      outcome: { type: "string", enum: ["pass", "fail", "cancel", "error"] },
      severity: { type: "string", enum: ["low", "medium", "high", "critical"] },
      reason: TEXT,
      environment: REFERENCE,
      testSuiteRun: LOOSE_REFERENCE,
      testCase: {
        type: "object",
        properties: {
          id: FULL_TEXT,
          version: TEXT,
          name: TEXT,
          type: {
            type: "string",
            enum: ["performance", "functional", "unit", "security", "compliance", "integration", "e2e", "other"],
          },
          uri: URI,
        },
        required: ["id"],
        closed: true,
      },
    },
    required: ["outcome", "environment"],
    closed: true,
  },
  looseSources: true,
};

/** The content of `testcaserun.queued`. */
export interface TestcaserunQueuedContent {
  readonly trigger?: { readonly type?: "manual" | "pipeline" | "event" | "schedule" | "other"; readonly uri?: string };
  readonly environment: Reference;
  readonly testSuiteRun?: Reference;
  readonly testCase?: {
    readonly id: string;
    readonly version?: string;
    readonly name?: string;
    readonly type?: "performance" | "functional" | "unit" | "security" | "compliance" | "integration" | "e2e" | "other";
    readonly uri?: string;
  };
}

/** `dev.cdevents.testcaserun.queued`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const testcaserunQueued: CdeventDefinition<"testcaserun.queued"> = {
  name: "testcaserun.queued",
  content: {
    type: "object",
    properties: {
      trigger: {
        type: "object",
        properties: { type: { type: "string", enum: ["manual", "pipeline", "event", "schedule", "other"] }, uri: URI },
      },
      environment: REFERENCE,
      testSuiteRun: LOOSE_REFERENCE,
      testCase: {
        type: "object",
        properties: {
          id: FULL_TEXT,
          version: TEXT,
          name: TEXT,
          type: {
            type: "string",
            enum: ["performance", "functional", "unit", "security", "compliance", "integration", "e2e", "other"],
          },
          uri: URI,
        },
        required: ["id"],
        closed: true,
      },
    },
    required: ["environment"],
    closed: true,
  },
  looseSources: true,
};

/** The content of `testcaserun.skipped`. */
export interface TestcaserunSkippedContent {
  readonly reason?: string;
  readonly environment?: Reference;
  readonly testSuiteRun?: Reference;
  readonly testCase?: {
    readonly id: string;
    readonly version?: string;
    readonly name?: string;
    readonly type?: "performance" | "functional" | "unit" | "security" | "compliance" | "integration" | "e2e" | "other";
    readonly uri?: string;
  };
}

/** `dev.cdevents.testcaserun.skipped`: 0.2.0 in 0.5.1, 0.1.0 in 0.4.1. */
export const testcaserunSkipped: CdeventDefinition<"testcaserun.skipped"> = {
  name: "testcaserun.skipped",
  content: {
    type: "object",
    properties: {
      reason: TEXT,
      environment: REFERENCE,
      testSuiteRun: LOOSE_REFERENCE,
      testCase: {
        type: "object",
        properties: {
          id: FULL_TEXT,
          version: TEXT,
          name: TEXT,
          type: {
            type: "string",
            enum: ["performance", "functional", "unit", "security", "compliance", "integration", "e2e", "other"],
          },
          uri: URI,
        },
        required: ["id"],
        closed: true,
      },
    },
    closed: true,
  },
  looseSources: true,
};

/** The content of `testcaserun.started`. */
export interface TestcaserunStartedContent {
  readonly trigger?: { readonly type?: "manual" | "pipeline" | "event" | "schedule" | "other"; readonly uri?: string };
  readonly environment: Reference;
  readonly testSuiteRun?: Reference;
  readonly testCase?: {
    readonly id: string;
    readonly version?: string;
    readonly name?: string;
    readonly type?: "performance" | "functional" | "unit" | "security" | "compliance" | "integration" | "e2e" | "other";
    readonly uri?: string;
  };
}

/** `dev.cdevents.testcaserun.started`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const testcaserunStarted: CdeventDefinition<"testcaserun.started"> = {
  name: "testcaserun.started",
  content: {
    type: "object",
    properties: {
      trigger: {
        type: "object",
        properties: { type: { type: "string", enum: ["manual", "pipeline", "event", "schedule", "other"] }, uri: URI },
      },
      environment: REFERENCE,
      testSuiteRun: LOOSE_REFERENCE,
      testCase: {
        type: "object",
        properties: {
          id: FULL_TEXT,
          version: TEXT,
          name: TEXT,
          type: {
            type: "string",
            enum: ["performance", "functional", "unit", "security", "compliance", "integration", "e2e", "other"],
          },
          uri: URI,
        },
        required: ["id"],
        closed: true,
      },
    },
    required: ["environment"],
    closed: true,
  },
  looseSources: true,
};
