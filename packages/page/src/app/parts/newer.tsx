import type { StoredEvent } from "@alumiini/history";
import type { RefObject } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { isReading, useNews } from "../api/live.js";
import { Store, useStore } from "../api/store.js";
import { announce } from "../frame/announcer.js";
import { onKey } from "../frame/keys.js";
import { count } from "../words/numbers.js";

/** `p`: nothing is shown by itself. */
export const held = new Store(false);

const FOLLOW_MS = 2000;

export interface Newer {
  readonly number: number;
  readonly failing: number;
  readonly missed: number | null | undefined;
  show(): void;
}

/**
 * What came in and isn't shown yet. It shows itself when nobody reads the list: at the top, nothing focused or selected
 * inside, and no pointer moved for 5 seconds.
 *
 * @param keyOf what an event changes on this view; undefined where nothing
 */
export function useNewer(
  list: RefObject<HTMLElement | null>,
  keyOf: (event: StoredEvent) => string | undefined,
  reload: () => void,
): Newer {
  const waiting = useRef(new Map<string, boolean>());
  const [state, setState] = useState<Omit<Newer, "show">>({ number: 0, failing: 0, missed: undefined });
  const shownAt = useRef(0);
  const latestReload = useRef(reload);
  latestReload.current = reload;
  const any = useRef(false);

  const show = useCallback(() => {
    waiting.current.clear();
    any.current = false;
    shownAt.current = Date.now();
    setState({ number: 0, failing: 0, missed: undefined });
    latestReload.current();
  }, []);

  useNews(({ events, missed }) => {
    for (const event of events) {
      const key = keyOf(event);
      if (key !== undefined) waiting.current.set(key, event.outcome === "failure" || event.outcome === "timeout");
    }
    const number = waiting.current.size;
    if (number === 0 && missed === undefined) return;
    any.current = true;
    const failing = [...waiting.current.values()].filter(Boolean).length;
    setState((before) => ({ number, failing, missed: missed === undefined ? before.missed : missed }));
    announce(`${count(number)} newer${failing > 0 ? `, ${count(failing)} of them failing` : ""}`);
  });

  useEffect(() => {
    const timer = setInterval(() => {
      if (!any.current || held.get() || Date.now() - shownAt.current < FOLLOW_MS || isReading(list.current)) return;
      show();
    }, 500);
    return () => clearInterval(timer);
  }, [show, list]);

  useEffect(() => onKey("u", show), [show]);
  return { ...state, show };
}

/** A line that is always there, so that nothing moves when something new arrives. */
export function NewerLine({
  newer,
  noun,
  children,
}: {
  readonly newer: Newer;
  readonly noun: string;
  readonly children?: preact.ComponentChildren;
}) {
  const hold = useStore(held);
  const { number, failing, missed } = newer;
  return (
    <div class="newer">
      {number > 0 || missed !== undefined ? (
        <button type="button" class="pill" onClick={newer.show}>
          <b>
            {number > 0 && `${count(number)} newer${noun === "" ? "" : ` ${number === 1 ? noun : `${noun}s`}`}`}
            {failing > 0 && `, ${count(failing)} failing`}
            {missed !== undefined &&
              `${number > 0 ? "; " : ""}${missed === null ? "some" : count(missed)} events were not streamed`}
          </b>{" "}
          <span class="as-link">Show</span> <kbd>u</kbd>
        </button>
      ) : (
        <span class="second">{hold ? "Held: nothing changes until you press p" : ""}</span>
      )}
      <span class="second end">{children}</span>
    </div>
  );
}
