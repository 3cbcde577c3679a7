import { ingestScenario } from "./ingest.js";

// biome-ignore lint/suspicious/noConsole: the one way of printing that Node, Bun and Deno share
console.log(JSON.stringify(await ingestScenario()));
