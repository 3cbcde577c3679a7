import { parentPort, workerData } from "node:worker_threads";
import type { ThreadMessage } from "./parse-in-thread.js";
import { type ManifestFile, parseManifests } from "./parse-manifests.js";

// The thread that `parseInThread` starts.
const files: readonly ManifestFile[] = workerData;
const tell = (message: ThreadMessage) => parentPort?.postMessage(message);
tell({ parsed: parseManifests(files, (file) => tell({ file })) });
