import type { RepositoryId } from "@alumiini/history";
import type { View } from "@alumiini/page";
import type { Style } from "../../output/words.js";

export type Options = Readonly<Record<string, unknown>>;

/** A command that asks one thing: the same question as a route of `/v1` and a view of the page. */
export interface Question {
  readonly name: string;
  readonly description: string;
  readonly arguments?: readonly {
    readonly name: string;
    readonly description: string;
    readonly optional?: true;
  }[];
  readonly options: readonly (readonly [flags: string, description: string])[];
  readonly examples: readonly string[];
  readonly route: string;
  /** The list that `ndjson` prints an item a line; the whole answer without one. */
  readonly items?: string;
  /** What `ndjson` prints before the items. */
  readonly head?: (answer: unknown, options: Options) => readonly unknown[];
  /** Also asked of a running server: this field of its answer is added to the others, or null without an answer. */
  readonly beside?: { readonly route: string; readonly field: string };
  /** Where the page shows the same. */
  readonly view: View;
  /** The first argument names a repository, which is looked up. */
  readonly ofRepository?: true;
  readonly parameters: (
    args: readonly string[],
    options: Options,
    now: number,
    repository?: RepositoryId,
  ) => Readonly<Record<string, unknown>>;
  readonly print: (answer: unknown, style: Style, options: Options) => string[];
  /** The conditions that `--fail-on` takes, and whether one of those that were given holds. */
  readonly failOn?: {
    readonly conditions: readonly string[];
    readonly holds: (answer: unknown, conditions: readonly string[]) => boolean;
  };
}
