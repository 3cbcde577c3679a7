import type { StoredEvent } from "@alumiini/history";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Parameters, questionOf } from "./client.js";
import { serverNow, setServerTime } from "./clock.js";
import { Store } from "./store.js";

/** How the stream of events is. */
export interface Connection {
  readonly state: "connecting" | "live" | "reconnecting" | "not_live";
  /** The server's time of its last word. */
  readonly lastWordAt: number | undefined;
  /** When the next try is made, by the viewer's clock. */
  readonly nextTryAt: number | undefined;
}

/** What came in since the last time it was handed out. */
export interface News {
  readonly events: readonly StoredEvent[];
  /** The stream could not resume where it was; null if it is unknown how many events are missing. */
  readonly missed: number | null | undefined;
}

export const connection = new Store<Connection>({ state: "connecting", lastWordAt: undefined, nextTryAt: undefined });

const SILENT_MS = 25_000;
const NOT_LIVE_MS = 60_000;
const RETRIES_MS = [1000, 2000, 4000, 8000, 15_000];
const BATCH_MS = 500;
const HIDDEN_MS = 30_000;

type Listener = (news: News) => void;

const listeners = new Set<Listener>();
let source: EventSource | undefined;
let scope: Parameters = {};
let lastId: string | undefined;
let heardAt = Date.now();
let failures = 0;
let retry: ReturnType<typeof setTimeout> | undefined;
let batch: StoredEvent[] = [];
let missed: number | null | undefined;
let batchTimer: ReturnType<typeof setTimeout> | undefined;

/** Follows the events of a scope; a new scope starts a new stream. */
export function follow(wanted: Parameters): void {
  if (source !== undefined && JSON.stringify(wanted) === JSON.stringify(scope)) return;
  scope = wanted;
  lastId = undefined;
  open();
}

/** Tries now, without waiting for the next try. */
export function tryNow(): void {
  failures = 0;
  open();
}

function open(): void {
  source?.close();
  clearTimeout(retry);
  source = new EventSource(questionOf("tail", { ...scope, after: lastId }));
  source.onopen = () => heard();
  source.onerror = () => {
    source?.close();
    const base = RETRIES_MS[Math.min(failures, RETRIES_MS.length - 1)] ?? 15_000;
    failures++;
    // Jitter: a thousand pages don't come back in the same instant.
    const delay = base * (0.8 + 0.4 * Math.random());
    retry = setTimeout(open, delay);
    update(Date.now() + delay);
  };
  source.addEventListener("event", (message) => {
    const event = read(message);
    if (isEvent(event)) batch.push(event);
    plan();
  });
  source.addEventListener("heartbeat", (message) => {
    const data = read(message);
    if (hasAsOf(data)) setServerTime(data.asOf);
  });
  source.addEventListener("lost", (message) => {
    const data = read(message);
    const number = typeof data === "object" && data !== null && "missed" in data ? data.missed : null;
    missed = typeof number === "number" ? (missed ?? 0) + number : null;
    plan();
  });
}

function read(message: MessageEvent): unknown {
  if (message.lastEventId !== "") lastId = message.lastEventId;
  heard();
  try {
    return JSON.parse(String(message.data));
  } catch {
    return undefined;
  }
}

function isEvent(value: unknown): value is StoredEvent {
  return typeof value === "object" && value !== null && "eventId" in value && "type" in value;
}

function hasAsOf(value: unknown): value is { readonly asOf: number } {
  return typeof value === "object" && value !== null && "asOf" in value && typeof value.asOf === "number";
}

function heard(): void {
  heardAt = Date.now();
  failures = 0;
  connection.set({ state: "live", lastWordAt: serverNow(), nextTryAt: undefined });
}

function plan(): void {
  if (batchTimer !== undefined) return;
  batchTimer = setTimeout(() => {
    batchTimer = undefined;
    const news = { events: batch, missed };
    batch = [];
    missed = undefined;
    for (const listener of [...listeners]) listener(news);
  }, BATCH_MS);
}

function update(nextTryAt = connection.get().nextTryAt): void {
  const silent = Date.now() - heardAt;
  const before = connection.get();
  const broken = source === undefined || source.readyState === EventSource.CLOSED;
  const state = silent >= NOT_LIVE_MS ? "not_live" : broken || silent >= SILENT_MS ? "reconnecting" : before.state;
  if (state !== before.state || nextTryAt !== before.nextTryAt) connection.set({ ...before, state, nextTryAt });
  // The stream is open and says nothing: it may hang on a dead connection.
  if (!broken && silent >= SILENT_MS && before.state === "live") source?.dispatchEvent(new Event("error"));
}

setInterval(() => update(), 1000);

let hiddenTimer: ReturnType<typeof setTimeout> | undefined;
let isPaused = false;

// Over HTTP/1.1 a browser has six connections to a server: tabs in the background must not use them up.
document.addEventListener("visibilitychange", () => {
  clearTimeout(hiddenTimer);
  if (document.hidden) {
    hiddenTimer = setTimeout(() => {
      isPaused = true;
      source?.close();
      clearTimeout(retry);
    }, HIDDEN_MS);
  } else if (isPaused) {
    isPaused = false;
    tryNow();
  }
});

/** Calls back with what came in, at most twice a second. */
export function useNews(listener: Listener): void {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    const call: Listener = (news) => latest.current(news);
    listeners.add(call);
    return () => {
      listeners.delete(call);
    };
  }, []);
}

const POINTER_MS = 5000;
let pointerAt = 0;
addEventListener("pointermove", () => (pointerAt = Date.now()), { passive: true });

/** Whether showing something new now would move what the viewer reads. */
export function isReading(list: Element | null): boolean {
  if (scrollY > 0 || Date.now() - pointerAt < POINTER_MS || document.hidden) return true;
  if (list?.contains(document.activeElement)) return true;
  const selection = getSelection();
  return selection !== null && !selection.isCollapsed && (list?.contains(selection.anchorNode) ?? false);
}

/** Whether the page shows the past because the server has been silent. */
export function usePast(): boolean {
  const [past, setPast] = useState(connection.get().state === "not_live");
  useEffect(() => connection.subscribe(() => setPast(connection.get().state === "not_live")), []);
  return past;
}
