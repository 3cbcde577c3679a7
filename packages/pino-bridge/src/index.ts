export type { LevelBySeverity } from "./levels.js";
export type { PinoLogger } from "./logger.js";
export { type PinoBridgeOptions, pinoBridge } from "./pino-bridge.js";
