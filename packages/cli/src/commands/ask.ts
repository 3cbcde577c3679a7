import { nearestOf } from "@alumiini/core/adapter";
import { type Answers, openAnswers } from "../client/answers.js";
import { CliError, EXIT } from "../client/errors.js";
import { Fields } from "../client/fields.js";
import { type Context, styleOf } from "./context.js";
import { findRepository, withRepositories } from "./find-repository.js";
import { pageLink } from "./page-link.js";
import type { Options, Question } from "./questions/question.js";

/**
 * Asks one question. Returns the answer of `/v1`, and the parameters that were asked with.
 *
 * @throws {CliError} where it can't be asked, and where there is no answer
 */
export async function answerTo(
  question: Question,
  args: readonly string[],
  options: Readonly<Record<string, unknown>>,
  now: number,
  answers: Answers,
): Promise<{ readonly answer: unknown; readonly parameters: URLSearchParams }> {
  const repository = question.ofRepository ? await findRepository(args[0] ?? "", options, answers) : undefined;
  const parameters = new URLSearchParams();
  const given = repository === undefined ? await withRepositories(options, answers) : options;
  for (const [name, value] of Object.entries(question.parameters(args, given, now, repository))) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  const answer: unknown = await (await answers.get(question.route, parameters)).json();
  const { beside } = question;
  if (beside === undefined) return { answer, parameters };
  return { answer: { ...Object(answer), [beside.field]: await toldBy(answers, beside) }, parameters };
}

/** What only a server knows; null without one, or if it does not say. */
async function toldBy(answers: Answers, { route, field }: NonNullable<Question["beside"]>): Promise<unknown> {
  if (answers.server === undefined) return null;
  try {
    const told: unknown = await (await answers.get(route, new URLSearchParams())).json();
    return Reflect.get(Object(told), field) ?? null;
  } catch (error) {
    // A history that something else serves has no such route.
    if (error instanceof CliError && error.exit === EXIT.failed) return null;
    throw error;
  }
}

/** Asks one question and prints the answer. Returns the exit status. */
export async function ask(
  question: Question,
  args: readonly string[],
  options: Readonly<Record<string, unknown>>,
  context: Context,
): Promise<number> {
  const now = context.now();
  const conditions = conditionsOf(question, options);
  // A wrong time is reported even if there is nothing to ask.
  question.parameters(args, options, now);
  const answers = await openAnswers({ options, env: context.env });
  try {
    const { answer, parameters } = await answerTo(question, args, options, now, answers);
    const format = options["output"];
    if (format === "json") context.out(JSON.stringify(answer, null, 2));
    else if (format === "ndjson")
      for (const line of linesOf(question, answer, options)) context.out(JSON.stringify(line));
    else {
      const style = styleOf(options, context);
      for (const line of question.print(answer, style, options)) context.out(line);
      if (style.isTable && answers.server !== undefined) {
        context.out(
          `On the page: ${answers.server}/${await pageLink(question.view, parameters, answer, now, answers)}`,
        );
      }
    }
    return conditions.length > 0 && question.failOn?.holds(answer, conditions) ? EXIT.conditionHolds : EXIT.answered;
  } finally {
    await answers.close();
  }
}

/** @throws {CliError} for a condition that does not exist: it would never hold, and look like good news */
function conditionsOf({ failOn }: Question, options: Options): readonly string[] {
  const asked = typeof options["failOn"] === "string" ? options["failOn"].split(",") : [];
  const known = failOn?.conditions ?? [];
  const wrong = asked.find((condition) => !known.includes(condition));
  if (wrong === undefined) return asked;
  const nearest = nearestOf(wrong, known);
  const meant = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  throw new CliError(EXIT.usage, `--fail-on must be one of ${known.join(", ")}, not ${JSON.stringify(wrong)}${meant}`);
}

function linesOf({ items, head }: Question, answer: unknown, options: Options): unknown[] {
  if (items === undefined) return [answer];
  const listed = new Fields<Record<string, readonly unknown[]>>(answer).list(items).map(({ raw }) => raw);
  return [...(head?.(answer, options) ?? []), ...listed];
}
