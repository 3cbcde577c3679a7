import type { ScopeValue } from "@alumiini/history";
import { useEffect, useState } from "preact/hooks";
import { serverNow } from "../api/clock.js";
import { useAnswer } from "../api/use-answer.js";
import { RepositoryField } from "../parts/repository-field.js";
import { copyText } from "../parts/text.js";
import { plainText } from "../words/names.js";
import { count } from "../words/numbers.js";
import { iso, spanWords } from "../words/times.js";
import { announce } from "./announcer.js";
import { onKey } from "./keys.js";
import { go, href, list, type Route, repoParameter, repositoryOf, spanOf, value, values } from "./route.js";

/** The spans of time a view offers, its default first in `fallback`. */
const SPANS: Partial<Record<Route["view"], { readonly fallback: string; readonly options: readonly string[] }>> = {
  timeline: { fallback: "2h", options: ["15m", "1h", "2h", "6h", "24h", "7d", "30d"] },
  slo: { fallback: "30d", options: ["24h", "7d", "30d", "90d"] },
  dora: { fallback: "26w", options: ["4w", "13w", "26w", "52w"] },
};

const SCOPED: ReadonlySet<Route["view"]> = new Set(["fleet", "timeline", "slo", "dora"]);

/** Limits of what the view shows; they stay when the view changes. */
export function ScopeLine({ route }: { readonly route: Route }) {
  const [open, setOpen] = useState(false);
  const { data } = useAnswer("fleet", SCOPED.has(route.view) ? { limit: 1 } : undefined);
  const spans = SPANS[route.view];
  if (!SCOPED.has(route.view)) return null;
  const set = (name: string, text: string) =>
    go(href(route.view, { ...values(route), ...(name === "last" && { from: "", to: "" }), cursor: "", [name]: text }));
  const words = [
    list(route, "cluster").join(", ") || "all clusters",
    list(route, "env").join(", ") || "all environments",
    list(route, "ns").join(", ") || "any namespace",
    ...(route.view === "dora" ? [repositoryOf(route)?.repoName ?? "all repositories"] : []),
  ].join(" · ");
  return (
    <section class={`scope${open ? " open" : ""}`} aria-label="Scope">
      <p class="scope-words">
        {plainText(words)}{" "}
        <button type="button" class="link" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? "close" : "change"}
        </button>
      </p>
      <div class="scope-controls">
        <Choice
          label="Cluster"
          all={allOf(data?.scopes.clusters.length)}
          values={data?.scopes.clusters}
          chosen={list(route, "cluster")}
          set={(text) => set("cluster", text)}
        />
        <Choice
          label="Environment"
          all="all"
          values={data?.scopes.environments}
          chosen={list(route, "env")}
          set={(text) => set("env", text)}
        />
        <Choice
          label="Namespace"
          all="any"
          values={data?.scopes.namespaces}
          chosen={list(route, "ns")}
          set={(text) => set("ns", text)}
        />
        {spans !== undefined && <SpanChoice route={route} spans={spans} set={(text) => set("last", text)} />}
        {route.view === "dora" && (
          <RepositoryField
            repository={repositoryOf(route)}
            choose={(repository) => set("repo", repository === undefined ? "" : repoParameter(repository))}
          />
        )}
        {route.view === "dora" && (
          <select
            aria-label="Series"
            value={value(route, "by") || "week"}
            onChange={(event) => set("by", event.currentTarget.value === "week" ? "" : event.currentTarget.value)}
          >
            {["day", "week", "month"].map((each) => (
              <option key={each} value={each}>
                By {each}
              </option>
            ))}
          </select>
        )}
      </div>
      <CopyLink route={route} />
    </section>
  );
}

/** `all 4`; no number where there is nothing to choose from. */
function allOf(clusters: number | undefined): string {
  if (clusters === undefined || clusters === 1) return "all";
  return clusters === 0 ? "none yet" : `all ${count(clusters)}`;
}

interface ChoiceProps {
  readonly label: string;
  readonly all: string;
  readonly values: readonly ScopeValue[] | undefined;
  readonly chosen: readonly string[];
  set(text: string): void;
}

function Choice({ label, all, values: offered = [], chosen, set }: ChoiceProps) {
  const current = chosen.join(",");
  const known = offered.some((each) => each.value === current);
  return (
    <select aria-label={label} value={current} onChange={(event) => set(event.currentTarget.value)}>
      <option value="">
        {label}: {all}
      </option>
      {!known && current !== "" && <option value={current}>{plainText(chosen.join(", "))}</option>}
      {offered.map((each) => (
        <option key={each.value} value={each.value}>
          {plainText(each.value)} ({count(each.repositories)})
        </option>
      ))}
    </select>
  );
}

function SpanChoice({
  route,
  spans,
  set,
}: {
  readonly route: Route;
  readonly spans: { readonly fallback: string; readonly options: readonly string[] };
  set(text: string): void;
}) {
  const { last, since, until } = spanOf(route, spans.fallback, serverNow());
  return (
    <select aria-label="Time" value={last ?? "fixed"} onChange={(event) => set(event.currentTarget.value)}>
      {last === undefined && (
        <option value="fixed">
          {iso(since)} to {iso(until)}
        </option>
      )}
      {[...new Set([...spans.options, ...(last === undefined ? [] : [last])])].map((each) => (
        <option key={each} value={each}>
          Last {spanWords(each)}
        </option>
      ))}
    </select>
  );
}

/** A link that shows others what is seen here now: `last=2h` becomes `from` and `to`. */
function frozenLink(route: Route): string {
  const spans = SPANS[route.view];
  if (spans === undefined) return location.href;
  const { since, until } = spanOf(route, spans.fallback, serverNow());
  const second = (at: number) => iso(Math.floor(at / 1000) * 1000);
  const place = href(route.view, { ...values(route), last: "", from: second(since), to: second(until) });
  return new URL(place, location.href).href;
}

export function CopyLink({ route }: { readonly route: Route }) {
  const [said, setSaid] = useState(false);
  const copy = () => {
    copyText(frozenLink(route)).then(
      () => {
        setSaid(true);
        announce("Link copied");
        setTimeout(() => setSaid(false), 2000);
      },
      () => announce("The browser doesn't allow to copy; the address is in the address bar"),
    );
  };
  // Copies the route of now.
  useEffect(() => onKey("c", copy), [route]);
  return (
    <button type="button" class="link copy-link" onClick={copy}>
      {said ? "Copied" : "Copy link"} <kbd>c</kbd>
    </button>
  );
}
