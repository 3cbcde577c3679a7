import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { type AnswerOf, AskError, access, ask, type Parameters, type QueryName, questionOf } from "./client.js";
import { useStore } from "./store.js";

/** A question's state: what it returned last stays until something newer is there. */
export interface Asked<T> {
  readonly data: T | undefined;
  /** The answer is of another scope than the one asked for now. */
  readonly old: boolean;
  readonly error: AskError | undefined;
  readonly loading: boolean;
  /** Loading for over 200 ms, over 5 s. */
  readonly wait: "none" | "short" | "long";
  reload(): void;
  stop(): void;
}

const SHORT_MS = 200;
const LONG_MS = 5000;
const RETRY_MS = 10_000;

/** Asks when the parameters change, and again on `reload`. `undefined` asks nothing. */
export function useAnswer<N extends QueryName>(name: N, parameters: Parameters | undefined): Asked<AnswerOf<N>> {
  const request = parameters === undefined ? undefined : questionOf(name, parameters);
  const [answer, setAnswer] = useState<{ request: string; data: AnswerOf<N> }>();
  const [error, setError] = useState<AskError>();
  const [loading, setLoading] = useState(request !== undefined);
  const [wait, setWait] = useState<Asked<unknown>["wait"]>("none");
  const [round, setRound] = useState(0);
  const stopper = useRef<AbortController>(undefined);
  const allowed = useStore(access) === "open";

  // `request` is name and parameters, `round` asks again.
  useEffect(() => {
    if (request === undefined || parameters === undefined || !allowed) return;
    const abort = new AbortController();
    stopper.current = abort;
    setLoading(true);
    const timers = [setTimeout(() => setWait("short"), SHORT_MS), setTimeout(() => setWait("long"), LONG_MS)];
    const end = () => {
      for (const timer of timers.splice(0, 2)) clearTimeout(timer);
      if (abort.signal.aborted) return;
      setLoading(false);
      setWait("none");
    };
    ask(name, parameters, abort.signal).then(
      (data) => {
        end();
        if (abort.signal.aborted) return;
        setAnswer({ request, data });
        setError(undefined);
      },
      (reason) => {
        end();
        if (abort.signal.aborted) return;
        setError(reason instanceof AskError ? reason : new AskError(String(reason), 0, request, Date.now()));
        if (!(reason instanceof AskError) || reason.status === 0 || reason.status >= 500) {
          timers.push(setTimeout(() => setRound((before) => before + 1), RETRY_MS));
        }
      },
    );
    return () => {
      abort.abort();
      for (const timer of timers) clearTimeout(timer);
    };
  }, [request, round, allowed]);

  const reload = useCallback(() => setRound((before) => before + 1), []);
  const stop = useCallback(() => {
    stopper.current?.abort();
    setLoading(false);
    setWait("none");
  }, []);
  const data = answer?.data;
  return { data, old: answer !== undefined && answer.request !== request, error, loading, wait, reload, stop };
}
