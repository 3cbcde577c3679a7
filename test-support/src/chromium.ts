import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** For a test's own, local pages: nothing is asked of the network. */
export const CHROMIUM_FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** For what hangs only: Playwright's own 30 seconds are too few for a browser on a busy machine. */
export const BROWSER_TIMEOUT_MS = 60_000;

/** A Chromium on the PATH, if there is one. */
export function findChromium(): string | undefined {
  const directories = (process.env["PATH"] ?? "").split(delimiter);
  return NAMES.flatMap((name) => directories.map((directory) => join(directory, name))).find(existsSync);
}
