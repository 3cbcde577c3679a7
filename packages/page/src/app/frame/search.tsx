import type { SearchItem } from "@alumiini/history";
import { useEffect, useRef, useState } from "preact/hooks";
import { serverNow } from "../api/clock.js";
import { useStore } from "../api/store.js";
import { useAnswer } from "../api/use-answer.js";
import { Text, Time } from "../parts/text.js";
import { readMoment } from "../words/moment-input.js";
import { shortRevision } from "../words/names.js";
import { fullTime, iso } from "../words/times.js";
import { onKey } from "./keys.js";
import { go, href, repoParameter } from "./route.js";
import { zone } from "./settings.js";

const DELAY_MS = 200;

/** One field for a repository, commit, sync id, event id, or a time. */
export function Search() {
  const [text, setText] = useState("");
  const [asked, setAsked] = useState("");
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const shown = useStore(zone);

  useEffect(() => onKey("/", () => field.current?.focus()), []);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), DELAY_MS);
    return () => clearTimeout(timer);
  }, [text]);

  const { name, time } = split(asked, serverNow());
  const wanted = time === undefined ? asked : name;
  const { data, error } = useAnswer("search", wanted === "" ? undefined : { text: wanted, limit: 8 });
  const items = wanted === "" ? [] : (data?.items ?? []);
  const options = asked === "" ? [] : optionsOf(items, time, name === "" && time !== undefined);

  const choose = (index: number) => {
    const option = options[index];
    if (option === undefined) return;
    setOpen(false);
    setText("");
    go(option.to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      setAt((before) => (options.length === 0 ? 0 : (before + step + options.length) % options.length));
    } else if (event.key === "Enter") {
      choose(at);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      if (open && text !== "") setOpen(false);
      else field.current?.blur();
    }
  };
  const expanded = open && asked !== "";
  return (
    <search class="search">
      <input
        ref={field}
        type="text"
        role="combobox"
        aria-label="Search for a repository, commit, sync or time"
        aria-expanded={expanded}
        aria-controls="suggestions"
        aria-autocomplete="list"
        aria-activedescendant={expanded && options.length > 0 ? `suggestion-${at}` : undefined}
        placeholder={matchMedia("(max-width: 639px)").matches ? "Search" : "Repository, commit, sync or time"}
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <kbd>/</kbd>
      {expanded && (
        <div class="suggestions">
          <div id="suggestions" role="listbox" aria-label="Suggestions">
            {options.map((option, index) => (
              <div
                key={option.to}
                id={`suggestion-${index}`}
                role="option"
                tabIndex={-1}
                aria-selected={index === at}
                onPointerDown={(event) => {
                  event.preventDefault();
                  choose(index);
                }}
              >
                <span class="second kind">{option.kind}</span>
                <span>{option.content}</span>
              </div>
            ))}
          </div>
          {options.length === 0 && (
            <p class="second">
              {error === undefined ? `Nothing is called so. A time works too: “checkout 14:03”` : error.message}
            </p>
          )}
          {time !== undefined && <p class="second">Understood as {fullTime(time, shown, { weekday: true })}</p>}
        </div>
      )}
    </search>
  );

  function split(input: string, now: number): { name: string; time: number | undefined } {
    const whole = readMoment(input, now, shown);
    if (whole !== undefined) return { name: "", time: whole };
    const words = input.split(/\s+/);
    for (let size = Math.min(4, words.length - 1); size > 0; size--) {
      const found = readMoment(words.slice(-size).join(" "), now, shown);
      if (found !== undefined) return { name: words.slice(0, -size).join(" "), time: found };
    }
    return { name: input, time: undefined };
  }
}

interface Option {
  readonly kind: string;
  readonly to: string;
  readonly content: preact.ComponentChildren;
}

function optionsOf(items: readonly SearchItem[], time: number | undefined, alone: boolean): Option[] {
  if (alone && time !== undefined) {
    const range = { from: iso(time - 3_600_000), to: iso(time + 3_600_000) };
    return [{ kind: "Timeline", to: href("timeline", range), content: "the hour before and after" }];
  }
  const order = ["repository", "sync", "event"];
  return [...items]
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
    .flatMap((item): Option[] => {
      if (time !== undefined && item.kind !== "repository") return [];
      if (item.kind === "repository") {
        const repo = repoParameter(item);
        return [
          {
            kind: time === undefined ? "Repository" : "Moment",
            to:
              time === undefined
                ? href("fleet", { q: item.repoName, cluster: item.clusterId, ns: item.namespace })
                : href("moment", { repo, at: iso(time) }),
            content: (
              <>
                <Text cut={32}>{item.repoName}</Text>{" "}
                <span class="second">
                  <Text cut={24}>{item.namespace}</Text> · <Text cut={24}>{item.clusterId}</Text>
                </span>
              </>
            ),
          },
        ];
      }
      if (item.kind === "sync") {
        return [
          {
            kind: "Sync",
            to: href("sync", { repo: repoParameter(item) }, item.syncId),
            content: (
              <>
                <Text cut={32}>{item.repoName}</Text>{" "}
                <code>
                  <Text cut={24}>{shortRevision(item.revision ?? item.syncId)}</Text>
                </code>{" "}
                <span class="second">
                  <Time at={item.at} />
                </span>
              </>
            ),
          },
        ];
      }
      return [
        {
          kind: "Event",
          to: href("event", {}, item.eventId),
          content: (
            <>
              <Text cut={40}>{item.title}</Text>{" "}
              <span class="second">
                <Time at={item.at} />
              </span>
            </>
          ),
        },
      ];
    });
}
