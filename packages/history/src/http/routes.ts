import { DORA_MEASURES } from "../queries/answers/dora.js";
import type { Queries } from "../queries/answers/queries.js";
import { FLEET_STATES, SYNC_OUTCOMES } from "../queries/answers/states.js";
import {
  ONE_REPOSITORY,
  objectives,
  oneRepository,
  PAGE,
  page,
  RANGE,
  range,
  SCOPE,
  scope,
  text,
  texts,
  whole,
} from "./parameters.js";
import type { RouteParameter, Values } from "./values.js";

/** A route: one description, from which requests are read and the OpenAPI document is made. */
export interface Route {
  readonly name: Exclude<keyof Queries, "tail">;
  readonly path: string;
  readonly summary: string;
  readonly parameters: readonly RouteParameter[];
  answer(queries: Queries, values: Values): Promise<unknown>;
}

/** All routes but `/v1/tail` and `/v1/openapi.json`. */
export const ROUTES: readonly Route[] = [
  {
    name: "fleet",
    path: "/v1/fleet",
    summary: "The present state of each repository, worst first.",
    parameters: [
      ...SCOPE,
      texts("states", "Only repositories in these states.", FLEET_STATES),
      text("search", "Part of a name, namespace, revision or error."),
      { ...text("sort", "The order."), values: ["state", "name"] },
      whole("staleAfterSeconds", 1, 1e9, "Without a success for longer, a repository is stale. Default 3600."),
      whole("stuckAfterSeconds", 1, 1e9, "Under way for longer, a sync is stuck. Default 900."),
      ...PAGE,
    ],
    answer: (queries, v) =>
      queries.fleet({
        ...scope(v),
        ...page(v),
        states: v.words("states", FLEET_STATES),
        search: v.text("search"),
        sort: v.word("sort", ["state", "name"]),
        staleAfterSeconds: v.number("staleAfterSeconds"),
        stuckAfterSeconds: v.number("stuckAfterSeconds"),
      }),
  },
  {
    name: "syncs",
    path: "/v1/syncs",
    summary: "Syncs, newest first.",
    parameters: [
      ...SCOPE,
      ...RANGE,
      texts("outcomes", "Only syncs that ended so.", SYNC_OUTCOMES),
      texts("errorType", "Only syncs with these error types."),
      texts("trigger", "Only syncs that these made start."),
      text("revision", "The beginning of a revision: 4 characters or more."),
      text("search", "Part of the repository's name or the error message."),
      ...PAGE,
    ],
    answer: (queries, v) =>
      queries.syncs({
        ...scope(v),
        ...range(v),
        ...page(v),
        outcomes: v.words("outcomes", SYNC_OUTCOMES),
        errorType: v.texts("errorType"),
        trigger: v.texts("trigger"),
        revision: v.text("revision"),
        search: v.text("search"),
      }),
  },
  {
    name: "sync",
    path: "/v1/sync",
    summary: "One sync: its steps, objects and events, and what is linked with it.",
    parameters: [
      { ...text("syncId", "The sync's id."), required: true },
      ...ONE_REPOSITORY,
      {
        name: "windowMs",
        type: "duration",
        description: "Events of other systems this long before and after. Default 5m.",
      },
    ],
    answer: (queries, v) =>
      queries.sync({ syncId: v.text("syncId") ?? "", ...oneRepository(v), windowMs: v.number("windowMs") }),
  },
  {
    name: "timeline",
    path: "/v1/timeline",
    summary: "What happened when: counts by bucket, for all and for each lane.",
    parameters: [
      ...SCOPE,
      ...RANGE,
      whole("buckets", 1, 240, "Default 120."),
      whole("lanes", 0, 40, "Lanes of repositories, worst first. Default 40."),
    ],
    answer: (queries, v) =>
      queries.timeline({ ...scope(v), ...range(v), buckets: v.number("buckets"), lanes: v.number("lanes") }),
  },
  {
    name: "around",
    path: "/v1/around",
    summary: "Everything around an event, or around a repository at a time, with the reason of each match.",
    parameters: [
      text("eventId", "The event."),
      ...ONE_REPOSITORY,
      { name: "at", type: "time", description: "The moment; needed without an event." },
      { name: "windowMs", type: "duration", description: "To both sides. Default 15m." },
      whole("limit", 1, 500, "Matches. Default 200."),
    ],
    answer: (queries, v) =>
      queries.around({
        eventId: v.text("eventId"),
        ...oneRepository(v),
        at: v.number("at"),
        windowMs: v.number("windowMs"),
        limit: v.number("limit"),
      }),
  },
  {
    name: "slo",
    path: "/v1/slo",
    summary: "The objectives with what was reached, and the error budget that is left.",
    parameters: [
      ...SCOPE,
      ...RANGE,
      whole("points", 2, 240, "Points of the burn-down. Default 60."),
      { name: "syncSuccess", type: "number", description: "The part of syncs that must succeed. Default 0.99." },
      { name: "syncLatencyMs", type: "duration", description: "Default 30s." },
      { name: "gitFetchLatencyMs", type: "duration", description: "Default 10s." },
      { name: "applyLatencyMs", type: "duration", description: "Default 5s." },
    ],
    answer: (queries, v) =>
      queries.slo({ ...scope(v), ...range(v), points: v.number("points"), objectives: objectives(v) }),
  },
  {
    name: "dora",
    path: "/v1/dora",
    summary: "The five measures of software delivery, with their evidence.",
    parameters: [
      ...SCOPE,
      ...RANGE,
      { ...text("by", "The series."), values: ["day", "week", "month"] },
      { ...text("explain", "Lists what this measure counts."), values: DORA_MEASURES },
      ...PAGE,
    ],
    answer: (queries, v) =>
      queries.dora({
        ...scope(v),
        ...range(v),
        ...page(v),
        by: v.word("by", ["day", "week", "month"]),
        explain: v.word("explain", DORA_MEASURES),
      }),
  },
  {
    name: "events",
    path: "/v1/events",
    summary: "Stored events, newest first, each once.",
    parameters: [
      ...SCOPE,
      ...RANGE,
      texts("eventId", "Only these events."),
      texts("type", "Only events of these types."),
      texts("system", "Only events of these systems: `alumiini`, `tapio`, `kulta`, `cdevents`."),
      texts("outcome", "Only events with these outcomes."),
      text("syncId", "Only events of this sync."),
      text("traceId", "Only events of this trace."),
      ...PAGE,
    ],
    answer: (queries, v) =>
      queries.events({
        ...scope(v),
        ...range(v),
        ...page(v),
        eventId: v.texts("eventId"),
        type: v.texts("type"),
        system: v.texts("system"),
        outcome: v.texts("outcome"),
        syncId: v.text("syncId"),
        traceId: v.text("traceId"),
      }),
  },
  {
    name: "deadLetters",
    path: "/v1/deadLetters",
    summary: "What could not be read as an event, newest first.",
    parameters: [...RANGE, texts("reason", "Only letters with these reasons."), ...PAGE],
    answer: (queries, v) => queries.deadLetters({ ...range(v), ...page(v), reason: v.texts("reason") }),
  },
  {
    name: "gaps",
    path: "/v1/gaps",
    summary: "Sequence numbers of streams that never came, newest first.",
    parameters: [texts("stream", "Only these streams."), ...PAGE],
    answer: (queries, v) => queries.gaps({ ...page(v), stream: v.texts("stream") }),
  },
  {
    name: "stats",
    path: "/v1/stats",
    summary: "What came in, what became of it, and what the store holds.",
    parameters: [],
    answer: (queries) => queries.stats(),
  },
  {
    name: "search",
    path: "/v1/search",
    summary: "Repositories, revisions, syncs and events that a text may mean.",
    parameters: [{ ...text("text", "What to look for."), required: true }, whole("limit", 1, 20, "Default 8.")],
    answer: (queries, v) => queries.search({ text: v.text("text") ?? "", limit: v.number("limit") }),
  },
];

/** The parameters of `/v1/tail`. */
export const TAIL_PARAMETERS: readonly RouteParameter[] = [
  ...SCOPE,
  texts("type", "Only events of these types."),
  texts("system", "Only events of these systems."),
  text("after", "Goes on after this id. The header `Last-Event-ID` goes before it."),
];
