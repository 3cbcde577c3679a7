/**
 * What a delivery costs each mapper of `@alumiini/ingest`, from its bytes to its events, against `JSON.parse` alone:
 *
 *     node bench/src/ingest.ts
 */
import { readdirSync, readFileSync } from "node:fs";
import { argocd, type Delivery, flux, github, gitlab, type Mapper, tekton } from "@alumiini/ingest";
import { cdevents } from "@alumiini/ingest/cdevents";
import { verifyThat } from "./benchmark.ts";

/** Deliveries in a second that each mapper must manage. */
const TARGET = 50_000;

const FIXTURES = new URL("../../packages/ingest/test/fixtures/", import.meta.url);
const CONTEXT = { clusterId: "bench", receivedAt: 0 };

/** The sample deliveries of a source that make events. */
function deliveriesOf(source: string, map: Mapper): Delivery[] {
  const encoder = new TextEncoder();
  return readdirSync(FIXTURES)
    .filter((file) => file.startsWith(source))
    .flatMap((file) => JSON.parse(readFileSync(new URL(file, FIXTURES), "utf8")).deliveries)
    .map(({ headers, body, bodyText }) => ({ headers, body: encoder.encode(bodyText ?? JSON.stringify(body)) }))
    .filter((delivery) => map(delivery, CONTEXT).events.length > 0);
}

/** A CDEvent of somebody else, in a CloudEvent. */
function cdeventsDeliveries(): Delivery[] {
  const type = "dev.cdevents.service.deployed.0.3.0";
  const content = { environment: { id: "prod" }, artifactId: "pkg:oci/web@sha256%3A4f2a91c" };
  const context = { specversion: "0.5.1", id: "1", source: "/deployer", type, timestamp: "2026-01-01T00:00:00Z" };
  const body = new TextEncoder().encode(JSON.stringify({ context, subject: { id: "shop/web", content } }));
  return [{ headers: { "ce-type": type }, body }];
}

/** Microseconds of one delivery: the best of many short rounds, because other processes can only make one longer. */
function bestOf(deliveries: readonly Delivery[], run: (delivery: Delivery) => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 1000; round++) {
    const started = performance.now();
    for (const delivery of deliveries) run(delivery);
    best = Math.min(best, (performance.now() - started) / deliveries.length);
  }
  return best * 1000;
}

function measure(name: string, map: Mapper, deliveries: readonly Delivery[]): void {
  const decoder = new TextDecoder();
  // Kept, so that no run can be optimized away.
  let events = 0;
  let read: unknown;
  const ours = bestOf(deliveries, (delivery) => {
    events += map(delivery, CONTEXT).events.length;
  });
  const parsing = bestOf(deliveries, ({ body }) => {
    read = JSON.parse(typeof body === "string" ? body : decoder.decode(body));
  });
  verifyThat(events >= 1000 * deliveries.length, "the mapper made events of every delivery");
  verifyThat(typeof read === "object", "the other one read them");
  const perSecond = Math.round(1e6 / ours);
  const passes = perSecond >= TARGET;
  const ratio = `${(ours / parsing).toFixed(1)}x JSON.parse`;
  process.stdout.write(
    `${name.padEnd(10)}${String(perSecond).padStart(8)}/s  ${ratio.padEnd(18)}${passes ? "pass" : "FAIL"}\n`,
  );
  if (!passes) process.exitCode = 1;
}

for (const [name, map] of Object.entries({ flux, argocd, github, gitlab, tekton })) {
  measure(name, map, deliveriesOf(name, map));
}
measure("cdevents", cdevents, cdeventsDeliveries());
