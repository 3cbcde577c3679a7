import type { RuleOptions } from "../../src/rules/index.js";
import { Timeline } from "../rules/timeline.js";
import { type Page, pagesOver } from "./pages.js";

/** A page that must come. */
export interface ExpectedPage {
  readonly alert: string;
  /** Labels that it must have; it may have others. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The minute from which on it may fire: that of its cause. */
  readonly from: number;
  /** The minute at which it must fire at the latest. */
  readonly latest: number;
  /** The minute of the cause's end, before which it must not end, and the one at which it must have; absent: it stays. */
  readonly ends?: readonly [cause: number, latest: number];
}

/** What a fleet does for hours or days, and who must be paged for it. */
export interface Scenario {
  /** What an operator would say had happened. */
  readonly situation: string;
  /** Seconds between two scrapes and evaluations. Default 60. */
  readonly stepSeconds?: number;
  readonly rules?: RuleOptions;
  /** Series that play no part, and would only take promtool's time. */
  readonly leaveOut?: RegExp;
  play(timeline: Timeline): Promise<void>;
  /** All pages that must come, each once. */
  readonly pages: readonly ExpectedPage[];
  /** Alerts that may fire besides: they say the same of the same cause. */
  readonly besides?: readonly string[];
}

/** Scenarios about one thing. */
export interface Chapter {
  readonly title: string;
  readonly scenarios: readonly Scenario[];
}

/** Plays the scenario, and returns what is not as it says; nothing where all is. */
export async function objectionsTo(scenario: Scenario): Promise<readonly string[]> {
  const timeline = await played(scenario);
  const pages = await pagesOver({ timeline, ...rulesOf(scenario) });
  const lastMinute = (timeline.seconds - timeline.stepSeconds) / 60;
  const objections = scenario.pages.flatMap((expected) => {
    const found = pages.filter((page) => isOf(page, expected));
    const [page] = found;
    if (page === undefined) return [`${told(expected)} never fired`];
    if (found.length > 1) return [`${told(expected)} fired with several sets of labels`, ...found.map(shown)];
    return wrongWith(page, expected, lastMinute).map((problem) => `${shown(page)}: ${problem}`);
  });
  const unexpected = pages.filter(
    (page) => !scenario.besides?.includes(page.alert) && !scenario.pages.some((expected) => isOf(page, expected)),
  );
  return [...objections, ...unexpected.map((page) => `${shown(page)} is not to fire`)];
}

/** The timeline that the scenario makes. */
export async function played({ stepSeconds = 60, play }: Scenario, everything = false): Promise<Timeline> {
  const timeline = new Timeline(stepSeconds, everything);
  await play(timeline);
  return timeline;
}

/** What the rules of a scenario are made with. */
export function rulesOf({ rules, leaveOut }: Scenario) {
  return { ...(rules && { rules }), ...(leaveOut && { leaveOut }) };
}

function wrongWith(page: Page, { from, latest, ends }: ExpectedPage, lastMinute: number): string[] {
  return [
    ...(page.times > 1 ? [`it fired ${page.times} times`] : []),
    ...(page.firstMinute < from ? [`it fired before its cause, at minute ${from}`] : []),
    ...(page.firstMinute > latest ? [`it fired after minute ${latest}`] : []),
    ...(ends === undefined && page.lastMinute < lastMinute ? ["it ended before its cause"] : []),
    ...(ends !== undefined && page.lastMinute < ends[0] ? [`it ended before its cause, at minute ${ends[0]}`] : []),
    ...(ends !== undefined && page.lastMinute > ends[1] ? [`it went on after minute ${ends[1]}`] : []),
  ];
}

function isOf(page: Page, { alert, labels = {} }: ExpectedPage): boolean {
  return page.alert === alert && Object.entries(labels).every(([name, value]) => page.labels[name] === value);
}

function told({ alert, labels = {} }: ExpectedPage): string {
  return `${alert} ${JSON.stringify(labels)}`;
}

function shown({ alert, labels, firstMinute, lastMinute, times }: Page): string {
  return `${alert} ${JSON.stringify(labels)} (minutes ${firstMinute} to ${lastMinute}, ${times} times)`;
}
