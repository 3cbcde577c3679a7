import { describe, expect, it } from "vitest";
import { createDelivery, type DeliveryConfig } from "../src/index.js";
import { instantTransport } from "./support.js";

/** Options as plain JavaScript may give them. */
function create(options: object): void {
  const config: DeliveryConfig = { name: "test", transport: instantTransport().transport, ...options };
  void createDelivery(config).close();
}

describe("createDelivery", () => {
  it.each([
    [{ name: "" }, "name"],
    [{ transport: {} }, "transport"],
    [{ transport: undefined }, "transport"],
    [{ maxQueueMessages: 0 }, "maxQueueMessages"],
    [{ maxQueueMessages: 1.5 }, "maxQueueMessages"],
    [{ maxQueueBytes: Number.POSITIVE_INFINITY }, "maxQueueBytes"],
    [{ maxBatchMessages: -1 }, "maxBatchMessages"],
    [{ maxBatchBytes: "1 MiB" }, "maxBatchBytes"],
    [{ lingerMs: -1 }, "lingerMs"],
    [{ maxInFlight: Number.NaN }, "maxInFlight"],
    [{ attemptTimeoutMs: 2 ** 31 }, "attemptTimeoutMs"],
    [{ retry: { initialDelayMs: 0 } }, "retry.initialDelayMs"],
    [{ retry: { maxDelayMs: 0 } }, "retry.maxDelayMs"],
    [{ retry: { maxAttempts: 0 } }, "retry.maxAttempts"],
    [{ overflow: "block" }, "overflow"],
    [{ overflow: "block-spill" }, "outbox"],
  ])("refuses %j, and says which option it is", (options, named) => {
    expect(() => create(options)).toThrow(TypeError);
    expect(() => create(options)).toThrow(named);
  });

  it.each([{ lingerMs: 0 }, { retry: { maxAttempts: Number.POSITIVE_INFINITY } }, { maxInFlight: undefined }])(
    "takes %j",
    (options) => {
      expect(() => create(options)).not.toThrow();
    },
  );
});
