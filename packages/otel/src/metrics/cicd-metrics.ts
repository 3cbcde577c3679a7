import type { AluminiEvent, HandleContext, Measurement } from "@alumiini/core";
import { repositoryKey } from "@alumiini/core/adapter";
import { METRICS, type OptInLabel } from "@alumiini/core/metrics";
import type { Attributes, Counter, Histogram, Meter, ObservableCallback, UpDownCounter } from "@opentelemetry/api";
import { OpenMap } from "../open-map.js";
import type { Settings } from "../options.js";
import { type AnyEvent, errorTypeOf, isFailure, resultOf } from "../traces/span-attributes.js";
import { AttributeSets, type LabelAttribute } from "./attribute-sets.js";
import type { CatalogueMetrics } from "./catalogue-metrics.js";
import { attributeNameOf } from "./metric-names.js";

/** The bounds of the catalogue's sync duration, in seconds. */
const DURATION_BOUNDS = METRICS.flatMap((definition) =>
  definition.name === "alumiini_sync_duration_milliseconds" ? definition.buckets.map((bound) => bound / 1000) : [],
);

const PIPELINE: LabelAttribute = { label: "repo_name", attribute: "cicd.pipeline.name" };
const RESULT: LabelAttribute = { label: "run_result", attribute: "cicd.pipeline.result" };
const ERROR_TYPE: LabelAttribute = { label: "error_type", attribute: "error.type" };
const COMPONENT: LabelAttribute = { label: "component", attribute: "cicd.system.component" };

/** The labels that keep repositories of one name apart, where they are opted into. */
const IDENTITY_LABELS: readonly OptInLabel[] = ["repo_namespace", "cluster"];

/** The parts of a controller whose own errors are counted. */
const COMPONENTS: Partial<Record<AluminiEvent["type"], string>> = {
  worker_stopped: "worker",
  webhook_received: "webhook",
};

/**
 * The metrics that OpenTelemetry's conventions define for CI/CD systems, where a sync is a pipeline's run. Run ids are
 * never among the attributes.
 */
export class CicdMetrics {
  readonly #executing: AttributeSets;
  readonly #ended: AttributeSets;
  readonly #failed: AttributeSets;
  readonly #broken: AttributeSets;
  readonly #duration: Histogram;
  readonly #active: UpDownCounter;
  readonly #errors: Counter;
  readonly #systemErrors: Counter;
  readonly #identityLabels: readonly OptInLabel[];
  /** The attributes that each active run was counted with. */
  readonly #runs: OpenMap<Attributes>;
  readonly #stop: () => void;
  #workers: number | undefined;

  constructor(meter: Meter, catalogue: CatalogueMetrics, { maxOpen, orphanTimeoutMs, optInLabels }: Settings) {
    const executing = { "cicd.pipeline.run.state": "executing" };
    this.#identityLabels = IDENTITY_LABELS.filter((label) => optInLabels.some((one) => one === label));
    const identity = [PIPELINE, ...this.#identityLabels.map((label) => ({ label, attribute: attributeNameOf(label) }))];
    this.#executing = catalogue.setsOf(identity, executing);
    this.#ended = catalogue.setsOf([...identity, RESULT, ERROR_TYPE], executing);
    this.#failed = catalogue.setsOf([...identity, ERROR_TYPE]);
    this.#broken = new AttributeSets([COMPONENT, ERROR_TYPE], catalogue.feed.limits);
    this.#duration = meter.createHistogram("cicd.pipeline.run.duration", {
      description: "Duration of a pipeline run grouped by pipeline, state and result.",
      unit: "s",
      advice: { explicitBucketBoundaries: DURATION_BOUNDS },
    });
    this.#active = meter.createUpDownCounter("cicd.pipeline.run.active", {
      description: "The number of pipeline runs currently active in the system by state.",
      unit: "{run}",
    });
    this.#errors = meter.createCounter("cicd.pipeline.run.errors", {
      description: "The number of errors encountered in pipeline runs.",
      unit: "{error}",
    });
    this.#systemErrors = meter.createCounter("cicd.system.errors", {
      description: "The number of errors in a component of the CICD system.",
      unit: "{error}",
    });
    const workers = meter.createObservableUpDownCounter("cicd.worker.count", {
      description: "The number of workers on the CICD system by state.",
      unit: "{worker}",
    });
    const observeWorkers: ObservableCallback = (result) => {
      if (this.#workers === undefined) return;
      // Each worker runs one sync at a time.
      const busy = Math.min(this.#workers, this.#runs.size);
      result.observe(busy, { "cicd.worker.state": "busy" });
      result.observe(this.#workers - busy, { "cicd.worker.state": "available" });
    };
    workers.addCallback(observeWorkers);
    this.#stop = () => workers.removeCallback(observeWorkers);
    this.#runs = new OpenMap(maxOpen, orphanTimeoutMs, (attributes) => this.#active.add(-1, attributes));
  }

  /** @param recorded is the event with the values that its labels have. */
  handle(event: AnyEvent, recorded: AluminiEvent, context: HandleContext | undefined): void {
    switch (event.type) {
      case "sync_started":
        // Relayed events are of the past: nothing says that their syncs are still active.
        if (!context?.relayed) this.#begin(event, recorded);
        break;
      case "sync_completed":
      case "sync_failed":
        this.#end(event, recorded);
        break;
      default: {
        const component = COMPONENTS[event.type];
        if (component !== undefined && isFailure(event)) this.#countSystemError(component, errorTypeOf(event));
      }
    }
  }

  measure(measurement: Measurement): void {
    if (measurement.kind === "worker_count") this.#workers = measurement.count;
    if (measurement.kind === "error") this.#countSystemError("controller", measurement.errorType);
  }

  sweep(): void {
    this.#runs.sweep();
  }

  close(): void {
    this.#runs.abandonAll();
    this.#stop();
  }

  #begin(event: AnyEvent, recorded: AluminiEvent): void {
    // Without an id its end could be another sync's.
    if (event.syncId === undefined) return;
    const attributes = this.#executing.of(this.#valuesOf(recorded, []));
    this.#runs.open(runKey(event), attributes);
    this.#active.add(1, attributes);
  }

  #end(event: AnyEvent, recorded: AluminiEvent): void {
    const { syncId, durationMs } = event;
    const counted = syncId === undefined ? undefined : this.#runs.take(runKey(event));
    if (counted !== undefined) this.#active.add(-1, counted);
    const errorType = isFailure(event) ? errorTypeOf(event) : "";
    if (errorType !== "") this.#errors.add(1, this.#failed.of(this.#valuesOf(recorded, [errorType])));
    if (durationMs === undefined) return;
    this.#duration.record(durationMs / 1000, this.#ended.of(this.#valuesOf(recorded, [resultOf(event), errorType])));
  }

  /** The values of the labels that identify the repository, before `others`. */
  #valuesOf({ repoName, namespace, clusterId }: AluminiEvent, others: readonly string[]): readonly string[] {
    const values = [repoName];
    for (const label of this.#identityLabels) values.push(label === "cluster" ? clusterId : namespace);
    values.push(...others);
    return values;
  }

  #countSystemError(component: string, errorType: string): void {
    this.#systemErrors.add(1, this.#broken.of([component, errorType]));
  }
}

/** Ids that callers make may be unique in their repository only. */
function runKey(event: AnyEvent): string {
  return `${repositoryKey(event)}\n${event.syncId}`;
}
