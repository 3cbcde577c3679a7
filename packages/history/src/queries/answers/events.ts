import type { Millis, OneOrMore, Page, PageInput, RangeInput, Scope } from "./common.js";

/** The forms in which events arrive, the richest first. */
export const EVENT_FORMS = ["alumiini", "cdevent", "tapio", "occurrence"] as const;

/** One of {@link EVENT_FORMS}. */
export type EventForm = (typeof EVENT_FORMS)[number];

/** A stored event, once, however many forms of it arrived. */
export interface StoredEvent {
  /** The same in all its forms. */
  readonly eventId: string;
  /** The richest form that arrived. */
  readonly form: EventForm;
  /** Whose event it is: `alumiini`, `tapio`, `kulta`, `cdevents`. */
  readonly system: string;
  /** The source that reported it: `flux`, `argocd`, a CloudEvents source, … */
  readonly source: string;
  /** An event type of core, or the other system's own. */
  readonly type: string;
  readonly at: Millis;
  readonly receivedAt: Millis;
  readonly clusterId: string | null;
  readonly namespace: string | null;
  readonly repoName: string | null;
  readonly syncId: string | null;
  readonly traceId: string | null;
  readonly outcome: string;
  readonly severity: string;
  readonly durationMs: number | null;
  readonly revision: string | null;
  /** One line in plain words: `sync failed in apply: validation`. */
  readonly title: string;
  /** The event as JSON in the form it came in, free of credentials. */
  readonly body: unknown;
}

/** What `events` takes. Newest first. Default limit 50; default `since` 0, `until` now. */
export interface EventsInput extends Scope, RangeInput, PageInput {
  readonly eventId?: OneOrMore | undefined;
  readonly type?: OneOrMore | undefined;
  readonly system?: OneOrMore | undefined;
  readonly outcome?: OneOrMore | undefined;
  readonly syncId?: string | undefined;
  readonly traceId?: string | undefined;
}

/** What `events` returns. */
export type EventsAnswer = Page<StoredEvent>;

/** What `tail` takes. */
export interface TailInput extends Scope {
  readonly type?: OneOrMore | undefined;
  readonly system?: OneOrMore | undefined;
  /** The `id` of the last item seen: goes on after it. Absent: from now on. */
  readonly after?: string | undefined;
  /** Ends the iteration. */
  readonly signal?: AbortSignal | undefined;
}

/** What `tail` yields. Over HTTP, `kind` is the name of the server-sent event. */
export type TailItem =
  | { readonly kind: "event"; readonly id: string; readonly event: StoredEvent }
  /** Every 10 seconds without anything else. */
  | { readonly kind: "heartbeat"; readonly id: string; readonly asOf: Millis }
  /** It can't go on where it was: read again what you show. `missed` is null where the number is not known. */
  | { readonly kind: "lost"; readonly id: string; readonly missed: number | null; readonly asOf: Millis };
