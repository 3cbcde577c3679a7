// A process of its own: node sender.ts <url> <secret> <deliveries per second> <seconds>. Prints a line when the first is
// answered; at the end the revision of each that was answered with 200, a line each, and what it came to as JSON. All deliveries are built
// and signed before the first is sent, and written to sockets of its own, so that it takes little of the machine that
// it shares with what it measures.
import { connect, type Socket } from "node:net";
import { fluxDelivery } from "./alumiini.ts";

const REPOSITORIES = 400;
/** Deliveries that are under way at once. */
const MOST_CONNECTIONS = 512;
/** Connections that broke before it gives up. */
const MOST_BROKEN = 1000;

const [target = "", secret = "", rate = "", time = ""] = process.argv.slice(2);
const url = new URL(target);
const perSecond = Number(rate);
const total = perSecond * Number(time);
const builtAt = Date.now();
const deliveries = Array.from({ length: total }, (_, number) => wireOf(number));
const started = performance.now();
const dueOf = (number: number) => started + (number / perSecond) * 1000;

const statuses: Record<number, number> = {};
const answered: number[] = [];
const times: number[] = [];
const idle: Connection[] = [];
let connections = 0;
let next = 0;

function revisionOf(number: number): string {
  return number.toString(16).padStart(40, "0");
}

/** A delivery as it goes over the wire. */
function wireOf(number: number): Buffer {
  const { body, headers } = fluxDelivery(`repo-${number % REPOSITORIES}`, secret, number % 20 === 0, {
    at: Math.floor(builtAt + (number / perSecond) * 1000),
    revision: revisionOf(number),
  });
  const lines = Object.entries({ host: url.host, ...headers, "content-length": Buffer.byteLength(body) });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return Buffer.from(`POST ${url.pathname} HTTP/1.1\r\n${head}\r\n${body}`);
}

/** Has one delivery under way at a time, as a sender that waits for its answer has. */
class Connection {
  readonly #socket: Socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
  #number: number | undefined;
  #answer = "";

  constructor() {
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (text: string) => this.#read(text));
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => {
      connections--;
      if (this.#number === undefined) idle.splice(idle.indexOf(this), 1);
      else this.#end(0);
    });
  }

  send(number: number): void {
    this.#number = number;
    this.#socket.write(deliveries[number] ?? "");
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#answer += text;
    const headEnd = this.#answer.indexOf("\r\n\r\n");
    if (headEnd < 0) return;
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(this.#answer)?.[1]);
    if (this.#answer.length < headEnd + 4 + length) return;
    const status = Number(this.#answer.slice(9, 12));
    this.#answer = "";
    // Before it ends: the last one is closed with the others, or the server would keep this process for a minute.
    idle.push(this);
    this.#end(status);
    sendDue();
  }

  #end(status: number): void {
    const number = this.#number;
    this.#number = undefined;
    if (number === undefined) return;
    statuses[status] = (statuses[status] ?? 0) + 1;
    times.push(performance.now() - dueOf(number));
    if (status === 200 && answered.push(number) === 1) process.stdout.write("answered\n");
    if (times.length === next && (next === total || isGivenUp())) finish();
  }
}

function isGivenUp(): boolean {
  return (statuses[0] ?? 0) >= MOST_BROKEN;
}

function sendDue(): void {
  if (isGivenUp()) return;
  const due = Math.min(total, Math.ceil(((performance.now() - started) / 1000) * perSecond));
  while (next < due) {
    const connection = idle.pop() ?? opened();
    if (connection === undefined) return;
    connection.send(next++);
  }
}

function opened(): Connection | undefined {
  if (connections >= MOST_CONNECTIONS) return undefined;
  connections++;
  return new Connection();
}

function finish(): void {
  clearInterval(timer);
  const seconds = (performance.now() - started) / 1000;
  for (const connection of idle) connection.close();
  times.sort((a, b) => a - b);
  const quantile = (part: number) => Math.round(times[Math.floor(part * (times.length - 1))] ?? 0);
  const lines = answered.map((number) => `${revisionOf(number)}\n`).join("");
  const perSecond = Math.round(times.length / seconds);
  process.stdout.write(`${lines}${JSON.stringify({ statuses, perSecond, p50: quantile(0.5), p99: quantile(0.99) })}\n`);
}

const timer = setInterval(sendDue, 2);
