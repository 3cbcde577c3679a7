import { MINOR_VERSIONS, SUBJECT_TYPES } from "./generated/versions.js";
import type { SpecVersion } from "./version.js";

type Exceptions = typeof MINOR_VERSIONS;
type Minor<N extends string> = N extends keyof Exceptions ? Exceptions[N] : 3;
interface MinorBefore {
  readonly 2: 1;
  readonly 3: 2;
  readonly 4: 3;
}

/** The value of `context.type`, such as `dev.cdevents.service.deployed.0.3.0`. */
export type TypeName<N extends string, V extends SpecVersion> = N extends "custom"
  ? `dev.cdeventsx.${string}`
  : `dev.cdevents.${N}.0.${V extends "0.4.1" ? MinorBefore[Minor<N>] : Minor<N>}.0`;

/** The value of `context.type` of an event type, by its name. */
export function typeNameOf(name: string, version: SpecVersion): string {
  const exceptions: Readonly<Record<string, number>> = MINOR_VERSIONS;
  const minor = exceptions[name] ?? 3;
  // Each event type was one minor version behind in 0.4.1; the generator makes sure of it.
  return `dev.cdevents.${name}.0.${version === "0.4.1" ? minor - 1 : minor}.0`;
}

/** The value of `subject.type`, which 0.4.1 demands, such as `pipelineRun`. */
export function subjectTypeOf(name: string): string {
  const subject = name.slice(0, name.indexOf("."));
  const exceptions: Readonly<Record<string, string>> = SUBJECT_TYPES;
  return exceptions[subject] ?? subject;
}
