import type { Queries } from "@alumiini/history";
import { setServerTime } from "./clock.js";
import { Store } from "./store.js";

/** The names of `/v1/…` that return one answer. */
export type QueryName = Exclude<keyof Queries, "tail">;
export type AnswerOf<N extends QueryName> = Awaited<ReturnType<Queries[N]>>;
export type Parameters = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** Why a question failed, for people and for a report. */
export class AskError extends Error {
  override readonly name = "AskError";

  constructor(
    message: string,
    /** 0 where the server was not reached. */
    readonly status: number,
    readonly request: string,
    readonly at: number,
  ) {
    super(message);
  }
}

/** Whether the server wants a token, or refuses the one it got. */
export const access = new Store<"open" | "token_needed">("open");

/** The address of a question, relative to the page. */
export function questionOf(name: string, parameters: Parameters): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) {
    if (value === undefined || value === "") continue;
    if (typeof value === "string" || typeof value === "number") search.append(key, String(value));
    else for (const each of value) search.append(key, each);
  }
  const query = search.toString();
  return `v1/${name}${query === "" ? "" : `?${query}`}`;
}

/** Asks the history. */
export async function ask<N extends QueryName>(
  name: N,
  parameters: Parameters,
  signal: AbortSignal,
): Promise<AnswerOf<N>> {
  const request = questionOf(name, parameters);
  const { ok, status, body } = await get(request, signal);
  const unknownSync = name === "sync" && status === 404 && hasAnswer(body);
  if (!ok && !unknownSync) {
    if (status === 401) access.set("token_needed");
    throw new AskError(messageOf(body, status), status, request, Date.now());
  }
  if (!isAnswerOf(name, body)) {
    throw new AskError("The server sent no answer that this page can read.", status, request, Date.now());
  }
  setServerTime(body.asOf);
  return body;
}

async function get(request: string, signal: AbortSignal) {
  try {
    const response = await fetch(request, {
      signal,
      headers: { accept: "application/json" },
      credentials: "same-origin",
    });
    const text = await response.text();
    return { ok: response.ok, status: response.status, body: parse(text) };
  } catch (error) {
    if (signal.aborted) throw error;
    throw new AskError("The server doesn't answer.", 0, request, Date.now());
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function hasAnswer(body: unknown): body is { readonly asOf: number } {
  return typeof body === "object" && body !== null && "asOf" in body && typeof body.asOf === "number";
}

/** Fields that each answer must have before it is shown: the server may be older, or something else may answer. */
const FIELDS: { readonly [N in QueryName]: readonly (keyof AnswerOf<N>)[] } = {
  fleet: ["items", "counts", "scopes", "total"],
  syncs: ["items", "total"],
  sync: ["sync", "steps", "around", "rollout"],
  timeline: ["buckets", "lanes", "notObserved"],
  around: ["matches", "notKnown", "at"],
  slo: ["items", "notObserved"],
  dora: ["measures", "buckets", "notObserved"],
  events: ["items"],
  deadLetters: ["items", "byReason"],
  gaps: ["items", "missing"],
  stats: ["received", "stored", "sources", "streams"],
  search: ["items"],
};

function isAnswerOf<N extends QueryName>(name: N, body: unknown): body is AnswerOf<N> {
  return hasAnswer(body) && FIELDS[name].every((field) => field in body);
}

function messageOf(body: unknown, status: number): string {
  const error = typeof body === "object" && body !== null && "error" in body ? body.error : undefined;
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : undefined;
  return typeof message === "string" ? message : `The server answered ${status}.`;
}

/** Hands the token to the server once; from then on a cookie stands for it. Returns whether it was taken. */
export async function sendToken(token: string): Promise<boolean> {
  const response = await fetch("session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
    credentials: "same-origin",
  });
  if (response.ok) access.set("open");
  return response.ok;
}
