import { CliError, EXIT } from "../../client/errors.js";
import { readMoment, readSpan } from "../../output/moment.js";
import type { Options } from "./question.js";

export const SCOPE = [
  ["--cluster <names>", "only these clusters"],
  ["--environment <names>", "only these environments"],
  ["-n, --namespace <names>", "only these namespaces"],
  ["--repo <names>", "only repositories with these names"],
] as const;
export const TYPES = [
  ["--type <types>", "only events of these types"],
  ["--system <systems>", "only events of these systems: alumiini, tapio, kulta, cdevents"],
] as const;
/** Which one, where several have the same name. */
export const WHICH = [
  ["--cluster <name>", "the repository's cluster"],
  ["-n, --namespace <name>", "the repository's namespace"],
] as const;
export const RANGE = [
  ["--last <span>", "the last 2h, 30d, 26w, …"],
  ["--since <time>", "since this time, or since so long ago: 14:03, 24h"],
  ["--until <time>", "before this time"],
] as const;
export const PAGE = [
  ["--limit <number>", "items per page, 1 to 500"],
  ["--cursor <cursor>", "the next page: the cursor that the last line shows"],
] as const;
export const FAIL_ON = (conditions: readonly string[]) =>
  ["--fail-on <conditions>", `exit with 5 if one holds: ${conditions.join(", ")}`] as const;

export function scope(options: Options) {
  return {
    clusterId: options["cluster"],
    environment: options["environment"],
    namespace: options["namespace"],
    repoName: options["repo"],
  };
}

export function range(options: Options, now: number) {
  const utc = options["utc"] === true;
  const at = (name: string) => {
    const text = options[name];
    if (typeof text !== "string") return undefined;
    // `--since 24h`, as `--last 24h`.
    return readMoment(/^\d+(?:\.\d+)?[a-z]+$/.test(text) ? `-${text}` : text, now, utc);
  };
  const last = typeof options["last"] === "string" ? now - readSpan(options["last"]) : undefined;
  const since = at("since");
  if (last !== undefined && since !== undefined) {
    throw new CliError(EXIT.usage, "--last and --since both say where it begins; give one of them");
  }
  return { since: since ?? last, until: at("until") };
}

export function page(options: Options) {
  return { limit: options["limit"], cursor: options["cursor"] };
}
