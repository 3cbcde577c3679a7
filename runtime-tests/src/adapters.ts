import { createTelemetry } from "@alumiini/core";
import { pinoBridge } from "@alumiini/pino-bridge";
import { metricsFetchHandler, prometheusSubscriber } from "@alumiini/prometheus";
import { pino } from "pino";
import { Registry } from "prom-client";
import { emitEveryType } from "./every-type.js";

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

// biome-ignore lint/suspicious/noConsole: the one way of printing that Node, Bun and Deno share
console.log(
  JSON.stringify({
    status: answer.status,
    contentType: answer.headers.get("content-type"),
    syncs: metrics.filter((line) => /^alumiini_syncs_total.* [1-9]/.test(line)),
    refused: refused.status,
    lines: lines.length,
  }),
);
