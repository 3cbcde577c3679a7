import { readMoment, readSpan } from "../../output/moment.js";
import type { Options } from "./question.js";

export const SCOPE = [
  ["--cluster-id <names>", "only these clusters"],
  ["--env <names>", "only these environments"],
  ["-n, --namespace <names>", "only these namespaces"],
  ["--repo <names>", "only repositories of these names"],
] as const;
export const RANGE = [
  ["--last <span>", "the last 2h, 30d, 26w, …"],
  ["--since <time>", "from this time on"],
  ["--until <time>", "before this time"],
] as const;
export const PAGE = [
  ["--limit <number>", "items of a page, 1 to 500"],
  ["--cursor <cursor>", "the next page, as the last line names it"],
] as const;
export const FAIL_ON = (what: string) => ["--fail-on <conditions>", `exit with 5 where one holds: ${what}`] as const;

export function scope(options: Options) {
  return {
    clusterId: options["clusterId"],
    environment: options["env"],
    namespace: options["namespace"],
    repoName: options["repo"],
  };
}

export function range(options: Options, now: number) {
  const utc = options["utc"] === true;
  const at = (name: string) => (typeof options[name] === "string" ? readMoment(options[name], now, utc) : undefined);
  const last = typeof options["last"] === "string" ? now - readSpan(options["last"]) : undefined;
  return { since: at("since") ?? last, until: at("until") };
}

export function page(options: Options) {
  return { limit: options["limit"], cursor: options["cursor"] };
}
