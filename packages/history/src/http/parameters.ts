import type { SloObjectives } from "../queries/answers/slo.js";
import type { RouteParameter, Values } from "./values.js";

export const text = (name: string, description: string): RouteParameter => ({ name, type: "text", description });
export const texts = (name: string, description: string, values?: readonly string[]): RouteParameter => ({
  name,
  type: "texts",
  description,
  ...(values !== undefined && { values }),
});
export const whole = (name: string, minimum: number, maximum: number, description: string): RouteParameter => ({
  name,
  type: "integer",
  minimum,
  maximum,
  description,
});

export const SCOPE = [
  texts("clusterId", "Only these clusters."),
  texts("environment", "Only these environments (`deployment.environment.name`)."),
  texts("namespace", "Only these namespaces."),
  texts("repoName", "Only repositories of these names."),
] as const;

export const RANGE = [
  { name: "since", type: "time", description: "The beginning, included." },
  { name: "until", type: "time", description: "The end, not included." },
] as const satisfies readonly RouteParameter[];

export const PAGE = [
  text("cursor", "`nextCursor` of the page before."),
  whole("limit", 1, 500, "Items of a page."),
] as const;

export const ONE_REPOSITORY = [
  text("clusterId", "The repository's cluster."),
  text("namespace", "The repository's namespace."),
  text("repoName", "The repository's name."),
] as const;

export function scope(v: Values) {
  return {
    clusterId: v.texts("clusterId"),
    environment: v.texts("environment"),
    namespace: v.texts("namespace"),
    repoName: v.texts("repoName"),
  };
}

export function range(v: Values) {
  return { since: v.number("since"), until: v.number("until") };
}

export function page(v: Values) {
  return { cursor: v.text("cursor"), limit: v.number("limit") };
}

/** Without what isn't given: a repository's parts are there or not. */
export function oneRepository(v: Values) {
  const clusterId = v.text("clusterId");
  const namespace = v.text("namespace");
  const repoName = v.text("repoName");
  return {
    ...(clusterId !== undefined && { clusterId }),
    ...(namespace !== undefined && { namespace }),
    ...(repoName !== undefined && { repoName }),
  };
}

export function objectives(v: Values): SloObjectives {
  return {
    syncSuccess: { objective: v.number("syncSuccess") },
    syncLatency: { thresholdMs: v.number("syncLatencyMs") },
    gitFetchLatency: { thresholdMs: v.number("gitFetchLatencyMs") },
    applyLatency: { thresholdMs: v.number("applyLatencyMs") },
  };
}
