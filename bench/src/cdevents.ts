/**
 * What an event costs as a CDEvent in JSON, against the `cloudevents` package for the same content:
 *
 *     node bench/src/cdevents.ts
 */
import { cdevents } from "@alumiini/cdevents";
import { type AluminiEvent, createTelemetry, toWire } from "@alumiini/core";
import { CloudEvent } from "cloudevents";
import { type Benchmark, verifyThat } from "./benchmark.ts";
import { SYNCS } from "./events.ts";
import { measureBenchmark } from "./measure.ts";
import { formatResult, meets } from "./report.ts";

const SOURCE = "https://gitops.example.com/clusters/bench";

/** Returns the events of 50 completed syncs in turn, without end. */
function eventsInTurn(): () => AluminiEvent {
  const events: AluminiEvent[] = [];
  const telemetry = createTelemetry({ clusterId: "bench" });
  telemetry.subscribe({ name: "collector", handle: (event) => void events.push(event) });
  for (const [index, sync] of SYNCS.entries()) {
    telemetry.emit("sync_completed", { ...sync, syncId: `01JD2V5T8Y3QK7ZC4N6X9WB0${10 + index}` });
  }
  let next = 0;
  return () => {
    const event = events[next++ % events.length];
    if (event === undefined) throw new RangeError("no such event");
    return event;
  };
}

/** The CDEvent as a user would write it down by hand, in a CloudEvent of the package. */
function byHand(event: AluminiEvent): CloudEvent<unknown> {
  const { id, namespace, repoName, syncId, clusterId } = event;
  const type = "dev.cdevents.deployment.finished";
  const subject = `${namespace}/${repoName}/syncs/${syncId}`;
  const time = new Date(event.timestamp).toISOString();
  return new CloudEvent({
    id,
    source: SOURCE,
    type,
    subject,
    time,
    datacontenttype: "application/json",
    data: {
      context: {
        specversion: "0.5.1",
        id,
        source: SOURCE,
        type,
        timestamp: time,
        chainId: "abde09f3-ce1b-47b0-a430-1f31b936eff3",
      },
      subject: { id: subject, content: { environment: { id: `/${clusterId}/${namespace}` }, outcome: "success" } },
      customData: { alumiini: toWire(event) },
    },
  });
}

function encodeBenchmark(): Benchmark {
  const encode = cdevents({ source: SOURCE });
  const ourEvent = eventsInTurn();
  const theirEvent = eventsInTurn();
  // Kept, so that no run can be optimized away.
  const last = { ours: "", theirs: "" };
  return {
    name: "cdevents-encode",
    title: "an event to a CDEvent in JSON",
    target: 0.5,
    ours: {
      name: "cdevents()",
      run: () => {
        for (const cloudEvent of encode(ourEvent())) last.ours = JSON.stringify(cloudEvent);
      },
    },
    alternative: {
      name: "new CloudEvent and JSON.stringify",
      run: () => {
        last.theirs = JSON.stringify(byHand(theirEvent()));
      },
    },
    verify: () => {
      const event = eventsInTurn()();
      const [ours] = encode(event);
      const same = (cloudEvent: unknown) => {
        const { data, ...attributes } = JSON.parse(JSON.stringify(cloudEvent));
        delete data.context.chainId;
        return JSON.stringify([Object.entries(attributes).sort(), data]);
      };
      verifyThat(same(ours) === same(byHand(event)), "both write the same");
      verifyThat(last.ours.length > 500 && last.theirs.length > 500, "both have written it");
    },
  };
}

const benchmark = encodeBenchmark();
const figures = await measureBenchmark(benchmark, 11);
benchmark.verify();
process.stdout.write(formatResult(benchmark, figures));
if (!meets(benchmark, figures)) process.exitCode = 1;
