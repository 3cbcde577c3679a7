import { setTimeout as delay } from "node:timers/promises";

/** Milliseconds that a repository waits at most: a remote that hangs must not hold up all others. */
const MAX_WAIT_MS = 30_000;

/**
 * The order of the first applies. Of two repositories that claim the same object when the controller starts, the one
 * that was named first gets it, however fast their remotes are.
 */
export class StartOrder {
  readonly #turns = new Map<string, { readonly over: Promise<void>; readonly end: () => void }>();

  constructor(repoNames: readonly string[]) {
    for (const repoName of repoNames) {
      let end = () => {};
      const over = new Promise<void>((resolve) => {
        end = resolve;
      });
      this.#turns.set(repoName, { over, end });
    }
  }

  /** Resolves when each repository named before this one has ended its first sync, at the latest after 30 seconds. */
  async wait(repoName: string, signal: AbortSignal): Promise<void> {
    const names = [...this.#turns.keys()];
    const before = names.slice(0, names.indexOf(repoName)).map((name) => this.#turns.get(name)?.over);
    const enough = new AbortController();
    const longest = delay(MAX_WAIT_MS, undefined, { signal: AbortSignal.any([signal, enough.signal]) }).catch(() => {});
    await Promise.race([Promise.all(before), longest]);
    enough.abort();
  }

  /** Ends the turn of a repository, whether or not it has applied anything. */
  end(repoName: string): void {
    this.#turns.get(repoName)?.end();
  }
}
