import { inDurationUnit, METRICS } from "@alumiini/core/metrics";
import { describeMetricsBackend } from "@alumiini-internal/test-support/metrics-backend";
import { otelSubscriber } from "../src/index.js";
import { attributeNameOf, metricNameOf } from "../src/metrics/metric-names.js";
import { memorySdk } from "./support.js";

describeMetricsBackend("otel", (options = {}) => {
  const { meterProvider, points } = memorySdk();
  const optInLabels = (options.optInLabels ?? []).filter((label) => label !== "commit");
  const subscriber = otelSubscriber({ ...options, optInLabels, meterProvider, signals: ["metrics"] });
  return {
    subscriber,
    async read(name, labels) {
      const definition = inDurationUnit(METRICS, "seconds").find((one) => one.name === name);
      if (definition === undefined) throw new Error(`${name} is not in the catalogue`);
      const series: Record<string, number> = {};
      for (const { attributes, value } of await points(metricNameOf(definition))) {
        const key = labels.map((label) => attributes[attributeNameOf(label)]).join();
        series[key] = (series[key] ?? 0) + (typeof value === "number" ? value : value.count);
      }
      return series;
    },
  };
});
