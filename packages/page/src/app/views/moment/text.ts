import type { AroundAnswer, RepositoryId } from "@alumiini/history";
import { plainText } from "../../words/names.js";
import { GRADES, sourceName } from "../../words/states.js";
import { duration, iso } from "../../words/times.js";

/** Markdown for an incident channel: absolute UTC times, and a link to the same question. */
export function momentMarkdown(answer: AroundAnswer, repository: RepositoryId, link: string): string {
  const told = answer.matches.filter(({ routine }) => !routine);
  const lines = [
    `**${name(repository)} around ${iso(answer.at)}** (± ${plain(duration(answer.windowMs))})`,
    ...(answer.runningRevision === null ? [] : [`Running: \`${code(answer.runningRevision)}\``]),
    ...(answer.wantedRevision === null ? [] : [`Wanted: \`${code(answer.wantedRevision)}\``]),
    "",
    ...told.slice(0, 30).map((match) => {
      const { event, grade, reason } = match;
      return `- ${iso(event.at)} ${escaped(event.title)} (${sourceName(event.system)}; ${GRADES[grade].word}: ${escaped(reason.text)})`;
    }),
    ...(told.length > 30 ? [`- and ${told.length - 30} more`] : []),
    ...(answer.notKnown.length === 0
      ? []
      : ["", `Not known: ${answer.notKnown.map((fact) => escaped(fact.text)).join("; ")}.`]),
    "",
    "Nearness in time is a hint, not a proof.",
    link,
  ];
  return lines.join("\n");
}

function name({ clusterId, namespace, repoName }: RepositoryId): string {
  return escaped([clusterId, namespace, repoName].join("/"));
}

/** Names can't become links, mentions or formatting. */
function escaped(text: string): string {
  return plain(plainText(text))
    .replace(/[\\`*_[\]<>@#|~!]/g, "\\$&")
    .replace(/\s+/g, " ");
}

function code(text: string): string {
  return plainText(text).replaceAll("`", "'");
}

function plain(text: string): string {
  return text.replaceAll("\u00a0", " ");
}
