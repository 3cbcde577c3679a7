export { type ConformanceCase, subscriberConformance } from "./conformance.js";
export { type EventRecorder, recordEvents } from "./recorder.js";
export { sampleEvents, sampleMeasurements } from "./samples.js";
