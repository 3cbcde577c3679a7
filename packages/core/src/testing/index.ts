export { subscriberConformance } from "./conformance.js";
export type { ConformanceCase } from "./expectations.js";
export { MemoryOutbox, type MemoryOutboxStorage } from "./memory-outbox.js";
export { type EventRecorder, recordEvents } from "./recorder.js";
export { sampleEvents, sampleMeasurements } from "./samples.js";
export { type SinkFixture, sinkConformance } from "./sink-conformance.js";
