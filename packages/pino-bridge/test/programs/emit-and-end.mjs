// Emits events to a logger, closes telemetry and ends at once: a line that has not been written by then is lost.
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { createTelemetry } from "@alumiini/core";
import { closeOnSignals } from "@alumiini/core/node";
import { pinoBridge } from "@alumiini/pino-bridge";

const [pinoModule, kind, ending, events, file] = process.argv.slice(2);
const { pino } = await import(pinoModule);

const dest = file ?? 1;
const destination = (options) => pino.destination({ dest, ...options });
const target = { target: "pino/file", level: "info", options: { destination: dest } };
const stream = () => (file === undefined ? process.stdout : createWriteStream(file));
const LOGGERS = {
  "no destination": () => pino(),
  "an asynchronous destination": () => pino(destination({ sync: false })),
  "a buffered asynchronous destination": () => pino(destination({ sync: false, minLength: 4096 })),
  "a synchronous destination": () => pino(destination({ sync: true })),
  "a buffered synchronous destination": () => pino(destination({ sync: true, minLength: 4096 })),
  "a child logger": () => pino(destination({ sync: false })).child({ component: "telemetry" }),
  "a stream of Node's": () => pino(stream()),
  "a multistream": () => pino({}, pino.multistream([{ stream: destination({ sync: false }) }])),
  "a transport": () => pino(openTransport({ target: target.target, options: target.options })),
  "a transport to several": () => pino(openTransport({ targets: [target] })),
};

let transport;
function openTransport(options) {
  transport = pino.transport(options);
  return transport;
}

/** What the owner of a transport does before the process dies of a signal: only then the worker has written all. */
async function endTransport() {
  transport?.end();
  if (transport !== undefined) await once(transport, "close");
}

const telemetry = createTelemetry({ clusterId: "prod-us-east" });
telemetry.subscribe(pinoBridge(LOGGERS[kind]()));

function emitAll() {
  for (let index = 0; index < Number(events); index++) {
    telemetry.emit("worker_started", { repoName: `app-${index}`, namespace: "team-a" });
  }
  process.stderr.write("emitted\n");
}

if (ending === "signal") {
  closeOnSignals(telemetry, { beforeClose: emitAll, afterClose: endTransport });
  // Keeps the process alive until the signal comes.
  setInterval(() => {}, 60_000);
  process.stderr.write("ready\n");
} else {
  emitAll();
  await telemetry.close();
  process.exit();
}
