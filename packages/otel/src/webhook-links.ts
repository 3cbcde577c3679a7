import type { Link, SpanContext } from "@opentelemetry/api";

/** Webhooks of one repository that the next sync is linked to; of more, the newest. */
const MAX_LINKS = 32;
/** Repositories that webhooks are remembered of. */
const MAX_REPOSITORIES = 1000;
/** Milliseconds after which a webhook has led to no sync. */
const MAX_AGE_MS = 600_000;

interface Arrival {
  readonly link: Link;
  readonly arrivedAt: number;
}

/**
 * The webhooks that no sync followed yet. Webhooks coalesce and syncs queue, so a sync is linked to each webhook that
 * it may have come of, and is the child of none. Bounded, however many come for however many names.
 */
export class WebhookLinks {
  readonly #arrivals = new Map<string, Arrival[]>();
  #dropped = 0;

  /** Webhooks that were forgotten before a sync came. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether no webhook waits, for any repository. */
  get isEmpty(): boolean {
    return this.#arrivals.size === 0;
  }

  add(repository: string, context: SpanContext, eventId: string): void {
    const arrivals = this.#arrivals.get(repository) ?? [];
    // Set anew, so that the repository that waits longest stays first.
    this.#arrivals.delete(repository);
    this.#arrivals.set(repository, arrivals);
    if (arrivals.length >= MAX_LINKS) {
      arrivals.shift();
      this.#dropped++;
    }
    arrivals.push({
      link: { context, attributes: { "alumiini.event.id": eventId } },
      arrivedAt: performance.now(),
    });
    if (this.#arrivals.size <= MAX_REPOSITORIES) return;
    for (const [oldest, forgotten] of this.#arrivals) {
      this.#dropped += forgotten.length;
      this.#arrivals.delete(oldest);
      return;
    }
  }

  /** Answers the links to the repository's webhooks, and forgets them. */
  take(repository: string): Link[] {
    const arrivals = this.#arrivals.get(repository);
    if (arrivals === undefined) return [];
    this.#arrivals.delete(repository);
    const oldest = performance.now() - MAX_AGE_MS;
    const links = arrivals.filter(({ arrivedAt }) => arrivedAt >= oldest).map(({ link }) => link);
    this.#dropped += arrivals.length - links.length;
    return links;
  }
}
