import { describeMetricsBackend } from "@alumiini-internal/test-support/metrics-backend";
import { Registry } from "prom-client";
import { prometheusSubscriber } from "../src/index.js";

describeMetricsBackend("prometheus", (options) => {
  const register = new Registry();
  const subscriber = prometheusSubscriber({ ...options, register, durationUnit: "seconds" });
  return {
    subscriber,
    async read(name, labels) {
      const metric = (await register.getMetricsAsJSON()).find((one) => one.name === name);
      const series: Record<string, number> = {};
      for (const { labels: own, value } of metric?.values ?? []) {
        const key = labels.map((label) => own[label]).join();
        series[key] = (series[key] ?? 0) + value;
      }
      return series;
    },
  };
});
