import { useEffect, useState } from "preact/hooks";
import { serverNow } from "../api/clock.js";
import { connection, tryNow } from "../api/live.js";
import { useStore } from "../api/store.js";
import { Icon } from "../parts/text.js";
import { age, when } from "../words/times.js";
import { zone } from "./settings.js";

const WORDS = { connecting: "Connecting", live: "Live", reconnecting: "Reconnecting", not_live: "Not live" } as const;

export function ConnectionState() {
  const { state, lastWordAt } = useStore(connection);
  const shown = useStore(zone);
  return (
    <span class={`connection ${state}`}>
      {state === "live" ? (
        <span class="dot" aria-hidden="true" />
      ) : (
        <Icon name="nodata" tone={state === "not_live" ? "warn" : "off"} />
      )}
      <b>{WORDS[state]}</b>
      {lastWordAt !== undefined && state === "live" && (
        <span class="second clock">{when(lastWordAt, lastWordAt, shown)}</span>
      )}
    </span>
  );
}

/** Says that what is shown is old; nothing below it is called present. */
export function NotLiveBanner() {
  const { state, lastWordAt, nextTryAt } = useStore(connection);
  const shown = useStore(zone);
  const [, setRound] = useState(0);
  useEffect(() => {
    if (state !== "not_live") return;
    const timer = setInterval(() => setRound((before) => before + 1), 1000);
    return () => clearInterval(timer);
  }, [state]);
  if (state !== "not_live") return null;
  const wait = nextTryAt === undefined ? 0 : Math.max(0, Math.ceil((nextTryAt - Date.now()) / 1000));
  return (
    <div class="banner" role="alert">
      <p>
        {lastWordAt === undefined ? (
          <b>The server has said nothing yet.</b>
        ) : (
          <b>
            Showing {when(lastWordAt, serverNow(), shown)}, {age(serverNow() - lastWordAt)} old.
          </b>
        )}{" "}
        <span aria-live="off">The server doesn't answer. Next try in {wait} s.</span>{" "}
        <button type="button" class="link" onClick={tryNow}>
          Try now
        </button>
      </p>
    </div>
  );
}
