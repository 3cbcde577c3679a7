import type { ComponentChildren } from "preact";
import { useEffect, useErrorBoundary, useRef, useState } from "preact/hooks";
import { access, sendToken } from "../api/client.js";
import { serverNow, ticks } from "../api/clock.js";
import { follow } from "../api/live.js";
import { useStore } from "../api/store.js";
import { held } from "../parts/newer.js";
import { Delivery } from "../views/delivery/delivery.js";
import { Dora } from "../views/dora/dora.js";
import { Event } from "../views/event.js";
import { Fleet } from "../views/fleet/fleet.js";
import { Moment } from "../views/moment/moment.js";
import { Slo } from "../views/slo.js";
import { Sync } from "../views/sync/sync.js";
import { Timeline } from "../views/timeline/timeline.js";
import { zoneName } from "../words/times.js";
import { Announcer } from "./announcer.js";
import { ConnectionState, NotLiveBanner } from "./connection.js";
import { KEYS, onKey } from "./keys.js";
import { carried, go, href, route as place, type Route, scopeOf, VIEWS, type View } from "./route.js";
import { ScopeLine } from "./scope-line.js";
import { Search } from "./search.js";
import { keysOn, type Theme, theme, zone } from "./settings.js";

const NAMES: Readonly<Record<View, string>> = {
  fleet: "Fleet",
  timeline: "Timeline",
  moment: "Moment",
  slo: "SLO",
  dora: "DORA",
  delivery: "Delivery",
  sync: "Sync",
  event: "Event",
};
const TABS = [
  ["fleet", "f"],
  ["timeline", "t"],
  ["moment", "m"],
  ["slo", "s"],
  ["dora", "d"],
  ["delivery", "v"],
] as const;
const SCREENS: Readonly<Record<View, (properties: { route: Route }) => ComponentChildren>> = {
  fleet: Fleet,
  timeline: Timeline,
  moment: Moment,
  slo: Slo,
  dora: Dora,
  delivery: Delivery,
  sync: Sync,
  event: Event,
};

export function App() {
  const route = useStore(place);
  const shown = useStore(zone);
  const needsToken = useStore(access) === "token_needed";
  const [more, setMore] = useState(false);
  const [help, setHelp] = useState(false);
  useStore(ticks);
  useKeys(route, () => setHelp(true));
  useFocusOnHeading(route);
  const scope = scopeOf(route);
  const isScoped = route.view === "fleet" || route.view === "timeline";
  useEffect(() => follow(isScoped ? scope : {}), [JSON.stringify(scope), isScoped, needsToken]);
  useEffect(() => setMore(false), [route]);
  const Screen = SCREENS[route.view];
  return (
    <>
      <header>
        <a
          class="skip"
          href={location.hash}
          onClick={(event) => {
            event.preventDefault();
            document.querySelector<HTMLElement>("h1")?.focus();
          }}
        >
          Skip to content
        </a>
        <a class="brand" href="#/fleet" aria-label="ALUMIINI, Fleet">
          ALUMIINI
        </a>
        <span class="brand-view" aria-hidden="true">
          {NAMES[route.view]}
        </span>
        <nav aria-label="Views">
          {TABS.map(([view]) => (
            <a
              key={view}
              class={`tab ${view}`}
              href={href(view, carried(route))}
              aria-current={route.view === view ? "page" : undefined}
            >
              {NAMES[view]}
            </a>
          ))}
          <button type="button" class="tab more" aria-expanded={more} onClick={() => setMore(!more)}>
            More
          </button>
        </nav>
        <Search />
        <ZoneButton />
        <ConnectionState />
      </header>
      {more && (
        <section class="sheet" aria-label="More">
          <a href={href("dora", carried(route))}>DORA</a>
          <a href={href("delivery", carried(route))}>Delivery</a>
          <ZoneButton />
          <ThemeChoice />
          <button type="button" class="link" onClick={() => setHelp(true)}>
            Keys
          </button>
        </section>
      )}
      <NotLiveBanner />
      <ScopeLine route={route} />
      <main tabIndex={-1}>
        {route.unknown !== undefined && (
          <p class="note" role="status">
            There is no view “{route.unknown.slice(0, 40)}”. This is Fleet. <NearestView word={route.unknown} />
          </p>
        )}
        {needsToken ? (
          <TokenPrompt />
        ) : (
          <Boundary key={`${route.view} ${route.id}`}>
            <Screen route={route} />
          </Boundary>
        )}
      </main>
      <footer>
        <p class="print-foot">
          {location.href} · {zoneName(shown, serverNow())} · as of {new Date(serverNow()).toISOString()}
        </p>
        <div class="settings">
          <ThemeChoice />
          <button type="button" class="link" onClick={() => setHelp(true)}>
            Keys <kbd>?</kbd>
          </button>
        </div>
      </footer>
      <Announcer />
      {help && <Help close={() => setHelp(false)} />}
    </>
  );
}

function NearestView({ word }: { readonly word: string }) {
  const near = VIEWS.find((view) => view[0] === word[0]?.toLowerCase() && view !== "sync" && view !== "event");
  return near === undefined ? null : <a href={href(near)}>Did you mean {NAMES[near]}?</a>;
}

function ZoneButton() {
  const shown = useStore(zone);
  return (
    <button
      type="button"
      class="zone"
      onClick={() => zone.set({ utc: !shown.utc })}
      aria-label={`Times are ${zoneName(shown, serverNow())}; switch to ${shown.utc ? "local time" : "UTC"}`}
    >
      {zoneName(shown, serverNow())}
    </button>
  );
}

function ThemeChoice() {
  return (
    <label class="theme">
      Theme{" "}
      <select value={useStore(theme)} onChange={(event) => theme.set(themeOf(event.currentTarget.value))}>
        <option value="system">system</option>
        <option value="light">light</option>
        <option value="dark">dark</option>
      </select>
    </label>
  );
}

function themeOf(text: string): Theme {
  return text === "light" || text === "dark" ? text : "system";
}

function useKeys(route: Route, help: () => void): void {
  useEffect(() => {
    const ends = [
      ...TABS.map(([view, key]) => onKey(`g ${key}`, () => go(href(view, carried(route))))),
      onKey("z", () => zone.set({ utc: !zone.get().utc })),
      onKey("p", () => held.set(!held.get())),
      onKey("?", help),
    ];
    return () => {
      for (const end of ends) end();
    };
  }, [route, help]);
}

/** After a change of view the focus goes to its heading, and the reader to the top; back and forward restore both. */
function useFocusOnHeading({ view, id }: Route): void {
  const isFirst = useRef(true);
  // Only another view or id is a change of place.
  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    const heading = document.querySelector<HTMLElement>("main h1") ?? document.querySelector<HTMLElement>("main");
    heading?.focus({ preventScroll: true });
    if (!wentBack) scrollTo(0, 0);
    wentBack = false;
  }, [view, id]);
}

let wentBack = false;
addEventListener("popstate", () => {
  wentBack = true;
  setTimeout(() => (wentBack = false), 100);
});

function Boundary({ children }: { readonly children: ComponentChildren }) {
  const [error, reset] = useErrorBoundary();
  if (error === undefined) return <>{children}</>;
  return (
    <div class="failure" role="alert">
      <h1 tabIndex={-1}>This view broke</h1>
      <p>The page has a fault: {error instanceof Error ? error.message : "unknown"}. The other views work.</p>
      <button type="button" onClick={reset}>
        Try again
      </button>
    </div>
  );
}

function TokenPrompt() {
  const [failed, setFailed] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    sendToken(field.current?.value ?? "").then(
      (taken) => setFailed(!taken),
      () => setFailed(true),
    );
  };
  return (
    <form class="empty" onSubmit={submit}>
      <h1 tabIndex={-1}>This server asks for a token</h1>
      <p>
        The person who started it with `alumiini serve` has it. It is sent once, and a cookie stands for it afterwards.
      </p>
      <label>
        Token <input ref={field} type="password" autocomplete="current-password" required />
      </label>{" "}
      <button type="submit" class="primary">
        Go on
      </button>
      {failed && <p role="alert">The server didn't take it. Check that it is whole.</p>}
    </form>
  );
}

function Help({ close }: { readonly close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const on = useStore(keysOn);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={close}>
      <h2 id="help-title">Keys</h2>
      <label>
        <input type="checkbox" checked={on} onChange={(event) => keysOn.set(event.currentTarget.checked)} /> Keys work.
        Everything also works with Tab and Enter.
      </label>
      <dl>
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={() => dialog.current?.close()}>
        Close
      </button>
    </dialog>
  );
}
