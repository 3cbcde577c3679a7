import { Store } from "../api/store.js";
import type { Zone } from "../words/times.js";

export type Theme = "system" | "light" | "dark";

/** What belongs to the viewer, never to a link. */
export const zone = new Store<Zone>({ utc: read("zone") === "utc" });
export const theme = new Store<Theme>(themeOf(read("theme")));
export const keysOn = new Store(read("keys") !== "off");

keep(zone, "zone", ({ utc }) => (utc ? "utc" : "local"));
keep(theme, "theme", (value) => value);
keep(keysOn, "keys", (value) => (value ? "on" : "off"));

applyTheme();
theme.subscribe(applyTheme);

function applyTheme(): void {
  const value = theme.get();
  if (value === "system") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.dataset["theme"] = value;
}

function themeOf(text: string | null): Theme {
  return text === "light" || text === "dark" ? text : "system";
}

function keep<T>(store: Store<T>, name: string, text: (value: T) => string): void {
  store.subscribe(() => {
    try {
      localStorage.setItem(`alumiini.${name}`, text(store.get()));
    } catch {
      // Storage is full or forbidden: it holds until the page is closed.
    }
  });
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(`alumiini.${name}`);
  } catch {
    return null;
  }
}
