import { keysOn } from "./settings.js";

/** What each key does, in the order of the help. */
export const KEYS: readonly (readonly [string, string])[] = [
  ["/", "search"],
  ["g then f t m s d v", "Fleet, Timeline, Moment, SLO, DORA, Delivery"],
  ["j k", "next and previous in a list"],
  ["Enter", "open"],
  ["m", "Moment of the selected one"],
  ["[ ]", "previous and next sync"],
  ["u", "show what is newer"],
  ["p", "hold or follow"],
  ["t", "table or chart"],
  ["z", "local time or UTC"],
  ["c", "copy link"],
  ["?", "these keys"],
  ["Esc", "close"],
];

type Action = (event: KeyboardEvent) => void;

const actions = new Map<string, Action[]>();
let prefix: string | undefined;

/** Calls back on a key, until the returned function is called. The newest one for a key counts. `g f` is a sequence. */
export function onKey(key: string, action: Action): () => void {
  actions.set(key, [...(actions.get(key) ?? []), action]);
  return () => {
    actions.set(
      key,
      (actions.get(key) ?? []).filter((each) => each !== action),
    );
  };
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
  if (event.key === "Escape") return void actions.get("Escape")?.at(-1)?.(event);
  if (!keysOn.get() || isField(event.target)) return;
  const key = prefix === undefined ? event.key : `${prefix} ${event.key}`;
  prefix = undefined;
  if (key === "g") {
    prefix = "g";
    return;
  }
  const action = actions.get(key)?.at(-1);
  if (action === undefined) return;
  event.preventDefault();
  action(event);
});

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, select, textarea, [contenteditable]") !== null;
}

/** `j` and `k`: the links of a list, one after the other. */
function move(step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>("main [data-list] [data-item]")];
  const at = document.activeElement instanceof HTMLElement ? links.indexOf(document.activeElement) : -1;
  links[at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + step))]?.focus();
}

onKey("j", () => move(1));
onKey("k", () => move(-1));

/** `m`: the moment of what is focused, else of the whole view. */
onKey("m", () => {
  const place =
    document.activeElement?.closest("[data-moment]") ??
    document.querySelector("main > [data-moment], main section[data-moment]");
  const moment = place instanceof HTMLElement ? place.dataset["moment"] : undefined;
  if (moment !== undefined && moment !== "") location.hash = moment;
});
