import type { ComponentChildren } from "preact";
import { useStore } from "../api/store.js";
import type { Asked } from "../api/use-answer.js";
import { command } from "../frame/commands.js";
import { zone } from "../frame/settings.js";
import { when } from "../words/times.js";
import { Copy, Icon, Text } from "./text.js";

/** Nothing there yet: what to do next, with the command. */
export function Empty({
  title,
  children,
  commands,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
  readonly commands?: readonly string[];
}) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
      {commands?.map((command) => (
        <p class="command" key={command}>
          <code>{command}</code> <Copy text={command} name={`Copy the command ${command}`} />
        </p>
      ))}
    </div>
  );
}

/** The command that prints what a source needs to deliver here. */
export function setup(source: string): string {
  return command("setup", { url: `${location.origin}/${source}` }, source);
}

/** The first step of everybody: nothing has arrived at all. */
export function NothingArrived({ received }: { readonly received?: number }) {
  return (
    <Empty
      title="Nothing has arrived yet"
      commands={[`${setup("flux")} --secret alumiini-flux | kubectl apply -f -`, setup("argocd"), setup("github")]}
    >
      <p>Print the manifests for what you run and apply them. This page then fills by itself.</p>
      <p class="second">
        <Icon name="way" tone="way" /> Listening, {received ?? 0} events received so far
      </p>
    </Empty>
  );
}

/** A question failed: what, since when, what happens next. What was on screen stays. */
export function Failure({ of }: { readonly of: Asked<unknown> }) {
  const shown = useStore(zone);
  const { error, data } = of;
  if (error === undefined) return null;
  const title =
    error.status === 403
      ? "You may not see this"
      : error.status === 400
        ? "This question can't be answered"
        : "This question failed, the rest works";
  const retries = error.status === 0 || error.status >= 500;
  return (
    <div class="failure" role="alert">
      <h2>
        <Icon name="failed" tone="fail" /> {title}
      </h2>
      <p>
        <Text>{error.message}</Text>
      </p>
      <p>
        <button type="button" onClick={of.reload}>
          Try again
        </button>
        {retries && <span class="second"> next by itself in 10 s</span>}
      </p>
      <p class="second wrap">
        GET <Text>{error.request}</Text> · {error.status === 0 ? "not reached" : `status ${error.status}`} ·{" "}
        {when(error.at, Date.now(), shown)}
        {data !== undefined && " · What was on screen stays."}
      </p>
    </div>
  );
}

/** Grey shapes of about the final size, after 200 ms; after 5 s what it does, and Stop. */
export function Loading({
  of,
  what,
  rows = 6,
  fillsWindow = false,
}: {
  readonly of: Asked<unknown>;
  readonly what: string;
  readonly rows?: number;
  /** The answer is longer than the window: what follows it begins out of sight, and need not move there. */
  readonly fillsWindow?: boolean;
}) {
  if (of.data !== undefined || of.error !== undefined || !of.loading) return null;
  return (
    <div class={fillsWindow ? "loading fills" : "loading"} aria-busy="true">
      {of.wait === "none" ? null : (
        <>
          <p class="hidden">Loading {what}</p>
          {Array.from({ length: rows }, (_, index) => (
            // They are all alike.
            <div class="bone" key={index} />
          ))}
        </>
      )}
      {of.wait === "long" && (
        <p class="second">
          Still reading {what}.{" "}
          <button type="button" class="link" onClick={of.stop}>
            Stop
          </button>
        </p>
      )}
    </div>
  );
}
