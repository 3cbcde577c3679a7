/**
 * What a delivery costs each mapper of `@alumiini/ingest`, from its bytes to its events, against `JSON.parse` alone:
 *
 *     node bench/src/ingest.ts
 */
import { readdirSync, readFileSync } from "node:fs";
import { argocd, type Delivery, flux, github, gitlab, type Mapper, tekton } from "@alumiini/ingest";
import { cdevents } from "@alumiini/ingest/cdevents";
import { type Benchmark, verifyThat } from "./benchmark.ts";
import { measureBenchmark } from "./measure.ts";

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

function benchmarkOf(name: string, map: Mapper, deliveries: readonly Delivery[]): Benchmark {
  const decoder = new TextDecoder();
  const inTurn = () => {
    let next = 0;
    return () => {
      const delivery = deliveries[next++ % deliveries.length];
      if (delivery === undefined) throw new RangeError(`no delivery of ${name}`);
      return delivery;
    };
  };
  const ours = inTurn();
  const theirs = inTurn();
  // Kept, so that no run can be optimized away.
  let events = 0;
  let read: unknown;
  return {
    name: `ingest-${name}`,
    title: `a delivery of ${name}`,
    target: Number.POSITIVE_INFINITY,
    ours: {
      name,
      run: () => {
        events += map(ours(), CONTEXT).events.length;
      },
    },
    alternative: {
      name: "JSON.parse",
      run: () => {
        const { body } = theirs();
        read = JSON.parse(typeof body === "string" ? body : decoder.decode(body));
      },
    },
    verify: () => {
      verifyThat(events > 0, "the mapper made events");
      verifyThat(typeof read === "object", "the other one read them");
    },
  };
}

const mappers = { flux, argocd, github, gitlab, tekton };
const benchmarks = Object.entries(mappers).map(([name, map]) => benchmarkOf(name, map, deliveriesOf(name, map)));
benchmarks.push(benchmarkOf("cdevents", cdevents, cdeventsDeliveries()));
for (const benchmark of benchmarks) {
  const figures = await measureBenchmark(benchmark, 7);
  benchmark.verify();
  const perSecond = Math.round(1e9 / figures.ours);
  const verdict = perSecond >= TARGET ? "pass" : "FAIL";
  const ratio = `${figures.ratio.toFixed(1)}x JSON.parse`;
  process.stdout.write(
    `${benchmark.ours.name.padEnd(10)}${String(perSecond).padStart(9)}/s  ${ratio.padEnd(18)}${verdict}\n`,
  );
  if (perSecond < TARGET) process.exitCode = 1;
}
