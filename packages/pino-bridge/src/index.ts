export type { LevelBySeverity } from "./levels.js";
export { type PinoBridgeOptions, type PinoLogger, pinoBridge } from "./pino-bridge.js";
