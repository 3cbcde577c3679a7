export { subscriberConformance } from "./conformance.js";
export { assert, type ConformanceCase, PATIENCE_MS, within } from "./expectations.js";
export { type EventRecorder, recordEvents } from "./recorder.js";
export { sampleEvents, sampleMeasurements } from "./samples.js";
