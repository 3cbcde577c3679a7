import { Store, useStore } from "../api/store.js";

const APART_MS = 30_000;
const said = new Store("");
let lastAt = Number.NEGATIVE_INFINITY;
let waiting: string | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Says something to screen readers: at most one message in 30 seconds, the newest. */
export function announce(message: string): void {
  waiting = message;
  if (timer !== undefined) return;
  timer = setTimeout(
    () => {
      timer = undefined;
      lastAt = Date.now();
      said.set(waiting ?? "");
    },
    Math.max(0, lastAt + APART_MS - Date.now()),
  );
}

/** The one polite live region. */
export function Announcer() {
  return (
    <p class="hidden" aria-live="polite" role="status">
      {useStore(said)}
    </p>
  );
}
