import type { Answer, Millis, RepositoryId } from "./common.js";

/** What `search` takes: part of a repository's name, 4 or more digits of a revision, a sync id, or an event id. */
export interface SearchInput {
  readonly text: string;
  /** 1 to 20. Default 8. */
  readonly limit?: number | undefined;
}

/** What `search` found. */
export type SearchItem =
  | ({ readonly kind: "repository" } & RepositoryId)
  | ({
      readonly kind: "sync";
      readonly syncId: string;
      readonly at: Millis;
      readonly revision: string | null;
    } & RepositoryId)
  | { readonly kind: "event"; readonly eventId: string; readonly at: Millis; readonly title: string };

/** What `search` returns. */
export interface SearchAnswer extends Answer {
  readonly items: readonly SearchItem[];
}
