import { useEffect, useState } from "preact/hooks";
import type { SinkState } from "../../sinks.js";

/** The sinks of the server; undefined where it doesn't say. Asked again when `round` changes. */
export function useSinks(round: number): readonly SinkState[] | undefined {
  const [sinks, setSinks] = useState<readonly SinkState[]>();
  // Another round asks again.
  useEffect(() => {
    const abort = new AbortController();
    fetch("v1/sinks", { signal: abort.signal, credentials: "same-origin" })
      .then(async (response) => (response.ok ? sinksOf(await response.json()) : undefined))
      .then(setSinks, () => setSinks(undefined));
    return () => abort.abort();
  }, [round]);
  return sinks;
}

function sinksOf(body: unknown): SinkState[] | undefined {
  if (typeof body !== "object" || body === null || !("sinks" in body) || !Array.isArray(body.sinks)) return undefined;
  return body.sinks.filter(isSink);
}

function isSink(value: unknown): value is SinkState {
  return (
    typeof value === "object" &&
    value !== null &&
    "name" in value &&
    typeof value.name === "string" &&
    "delivered" in value &&
    "pending" in value
  );
}
