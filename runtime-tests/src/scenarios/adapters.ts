import { createTelemetry } from "@alumiini/core";
import { pinoBridge } from "@alumiini/pino-bridge";
import { metricsFetchHandler, prometheusSubscriber } from "@alumiini/prometheus";
import { pino } from "pino";
import { Registry } from "prom-client";
import { emitEveryType } from "../every-type.js";

/** What Prometheus and pino make of the events. */
export interface AdaptersResult {
  readonly status: number;
  readonly contentType: string | null;
  readonly syncs: readonly string[];
  readonly refused: number;
  readonly lines: number;
}

export async function scenario(): Promise<AdaptersResult> {
  const register = new Registry();
  const lines: string[] = [];
  const telemetry = createTelemetry({ clusterId: "any-runtime" });
  telemetry.subscribe(prometheusSubscriber({ register }));
  telemetry.subscribe(pinoBridge(pino({ level: "trace" }, { write: (line: string) => void lines.push(line) })));
  emitEveryType(telemetry);
  await telemetry.close();

  const scrape = metricsFetchHandler({ register });
  const answer = await scrape(new Request("http://localhost/metrics"));
  const metrics = (await answer.text()).split("\n");
  const refused = await scrape(new Request("http://localhost/metrics", { method: "POST" }));
  return {
    status: answer.status,
    contentType: answer.headers.get("content-type"),
    syncs: metrics.filter((line) => /^alumiini_syncs_total.* [1-9]/.test(line)),
    refused: refused.status,
    lines: lines.length,
  };
}
