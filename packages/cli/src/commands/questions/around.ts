import type { AroundAnswer } from "@alumiini/history";
import { CliError, EXIT } from "../../client/errors.js";
import { Fields } from "../../client/fields.js";
import { readMoment, readSpan } from "../../output/moment.js";
import { table } from "../../output/table.js";
import { plural, time } from "../../output/words.js";
import { MATCH_COLUMNS, revision, said } from "./cells.js";
import { WHICH } from "./parameters.js";
import type { Question } from "./question.js";

function momentOf(argument: string | undefined, option: unknown): string {
  const given = [argument, option].filter((each) => typeof each === "string");
  if (given.length === 1 && given[0] !== undefined) return given[0];
  throw new CliError(EXIT.usage, 'name one time, such as: alumiini around checkout 14:03, or "yesterday 14:03"');
}

export const around: Question = {
  name: "around",
  description: 'what happened around a moment: "what broke checkout at 14:03?"',
  arguments: [
    { name: "repository", description: "name, namespace/name or cluster/namespace/name" },
    { name: "time", description: '14:03, "yesterday 14:03", -2h, RFC 3339, …; or --at', optional: true },
  ],
  options: [
    ["--at <time>", "the time"],
    ...WHICH,
    ["--window <span>", "on each side, default 15m"],
    ["--limit <number>", "matches, 1 to 500"],
    ["--all", "in a table, also the syncs that changed nothing"],
  ],
  examples: ["alumiini around checkout 14:03", "alumiini around prod-eu/shop/checkout 'yesterday 14:03' --window 1h"],
  route: "/v1/around",
  items: "matches",
  view: "moment",
  ofRepository: true,
  parameters: ([, time], options, now, repository) => ({
    ...repository,
    at: readMoment(momentOf(time, options["at"]), now, options["utc"] === true),
    windowMs: typeof options["window"] === "string" ? readSpan(options["window"]) : undefined,
    limit: options["limit"],
  }),
  print(answer, style, options) {
    const around = new Fields<AroundAnswer>(answer);
    const failure = around.part("nearestFailure");
    const [ran, wanted] = [around.text("runningRevision"), around.text("wantedRevision")];
    const matches = around.list("matches");
    // Programs read all of them. For people they hide what changed, as on the page.
    const told = style.isTable && options["all"] !== true ? matches.filter((match) => !match.flag("routine")) : matches;
    const hidden = matches.length - told.length;
    return [
      ...said(
        style,
        `${time(around.number("at"), style)}: ${ran === null ? "what ran is not known" : `${revision(ran).text} ran`}${wanted === null ? "" : `, ${revision(wanted).text} was wanted`}. ${
          failure.has("syncId")
            ? `The nearest failure: ${time(failure.number("at"), style)}, ${failure.text("errorType") ?? "no type"}: ${failure.text("errorMessage") ?? "no message"}`
            : "No sync failed in this window."
        }`,
      ),
      ...table(told, MATCH_COLUMNS, style),
      ...said(
        style,
        ...around.list("notKnown").map((unknown) => `Not known: ${unknown.text("text") ?? ""}`),
        hidden > 0 &&
          `${plural(hidden, "sync")} that changed nothing ${hidden === 1 ? "is" : "are"} left out; --all shows them.`,
        "Near is not proof: MATCH says what two events have in common.",
      ),
    ];
  },
};
