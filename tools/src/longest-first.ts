import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { ROOT } from "./workspace.ts";

/** Test files that take longest, most of it by waiting for servers, the longest first. */
export const LONGEST: readonly string[] = [
  "tools/package-checks/all-packages.test.ts",
  "packages/kafka-sink/test/random-kills.slow.test.ts",
  "tools/test/documents/guides.slow.test.ts",
  "packages/page/test/views.test.ts",
  "packages/history/test/consume/jetstream.test.ts",
  "packages/kafka-sink/test/hostile.slow.test.ts",
  "packages/prometheus/test/fleet/installations.slow.test.ts",
  "examples/controller/test/prometheus.test.ts",
  "packages/kafka-sink/test/delivery.test.ts",
  "packages/cli/test/page.test.ts",
  "packages/prometheus/test/fleet/runbook-queries.slow.test.ts",
  "packages/kafka-sink/test/leader-move.slow.test.ts",
  "packages/history/test/dora/generated-years.slow.test.ts",
  "packages/cli/test/serve.test.ts",
  "packages/tapio/test/readers/readers.test.ts",
  "packages/kafka-sink/test/faults.slow.test.ts",
  "packages/history/test/store/duckdb-disk.slow.test.ts",
  "packages/cli/test/forwarding.test.ts",
  "packages/prometheus/test/rules/success.test.ts",
  "packages/kafka-sink/test/end-of-program.slow.test.ts",
  "packages/prometheus/test/fleet/states.slow.test.ts",
  "packages/history/test/retention/retention.test.ts",
  "packages/history/test/consume/kills.slow.test.ts",
  "tools/test/examples.test.ts",
  "packages/prometheus/test/fleet/traffic.slow.test.ts",
  "packages/history/test/consume/kafka.test.ts",
  "packages/pino-bridge/test/ending.test.ts",
  "examples/demo/test/demo.test.ts",
  "packages/history/test/projections/order.test.ts",
  "packages/prometheus/test/fleet/repositories.slow.test.ts",
  "packages/cli/test/outbox.test.ts",
  "packages/history/test/queries/engines.test.ts",
  "packages/prometheus/test/fleet/controller.slow.test.ts",
  "packages/prometheus/test/dashboards-live.slow.test.ts",
  "examples/controller/test/demo-kafka.slow.test.ts",
  "tools/test/summary.test.ts",
  "packages/kafka-sink/test/readme.test.ts",
  "packages/outbox/test/kill/kill.test.ts",
  "packages/nats-sink/test/random-kills.test.ts",
  "packages/cli/test/mcp.test.ts",
  "examples/controller/test/demo.test.ts",
];

/**
 * Starts the files that take longest first, whichever package they are of, so that the run does not end with one worker at
 * a long file and the others idle. By itself vitest goes by package and size of file.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((one, other) => rankOf(one) - rankOf(other));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONGEST.indexOf(relative(ROOT, moduleId));
  return rank < 0 ? LONGEST.length : rank;
}
