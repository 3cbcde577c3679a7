export { type CloudEventsFixture, cloudEventsConformance } from "./cloudevents-conformance.js";
export { MemoryOutbox, type MemoryOutboxStorage } from "./memory-outbox.js";
export { type SinkConformanceOptions, type SinkFixture, sinkConformance } from "./sink-conformance.js";
