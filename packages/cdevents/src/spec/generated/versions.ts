// Made by scripts/generate.ts from the official schemas of CDEvents 0.4.1 and 0.5.1.

/** The minor versions of the event types in 0.5.1 that are not 3; in 0.4.1 each was one less. */
export const MINOR_VERSIONS = {
  "artifact.deleted": 2,
  "artifact.downloaded": 2,
  "change.created": 4,
  "testcaserun.skipped": 2,
  "ticket.closed": 2,
  "ticket.created": 2,
  "ticket.updated": 2,
} as const;

/** The values of `subject.type` that are not as in the event type. */
export const SUBJECT_TYPES = {
  pipelinerun: "pipelineRun",
  taskrun: "taskRun",
  testcaserun: "testCaseRun",
  testoutput: "testOutput",
  testsuiterun: "testSuiteRun",
} as const;
