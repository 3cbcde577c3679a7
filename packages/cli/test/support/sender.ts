// A process of its own: node sender.ts <url> <secret> <deliveries per second> <seconds>. Prints the revision of each
// delivery that was answered with 200, a line each, and at the end what it came to as JSON.
import { once } from "node:events";
import { Agent, request } from "node:http";
import { fluxDelivery } from "./alumiini.ts";

const REPOSITORIES = 400;
const [url = "", secret = "", rate = "", time = ""] = process.argv.slice(2);
const perSecond = Number(rate);
const total = perSecond * Number(time);
const agent = new Agent({ keepAlive: true, maxSockets: 128 });
const times: number[] = [];
const statuses: Record<number, number> = {};
const open = new Set<Promise<void>>();
const started = performance.now();

async function post(number: number): Promise<void> {
  const dueAt = started + (number / perSecond) * 1000;
  const revision = number.toString(16).padStart(40, "0");
  const { method, body, headers } = fluxDelivery(`repo-${number % REPOSITORIES}`, secret, number % 20 === 0, {
    revision,
  });
  let status = 0;
  try {
    const sent = request(url, { agent, method, headers });
    sent.end(body);
    const [response] = await once(sent, "response");
    response.resume();
    await once(response, "end");
    status = response.statusCode;
  } catch {
    // The connection broke: nothing was answered.
  }
  statuses[status] = (statuses[status] ?? 0) + 1;
  times.push(performance.now() - dueAt);
  if (status === 200) process.stdout.write(`${revision}\n`);
}

for (let sent = 0; sent < total && (statuses[0] ?? 0) < 1000; ) {
  const due = Math.min(total, Math.ceil(((performance.now() - started) / 1000) * perSecond));
  for (; sent < due; sent++) {
    const one = post(sent).then(() => void open.delete(one));
    open.add(one);
  }
  await new Promise((resolve) => setTimeout(resolve, 2));
}
await Promise.all(open);
agent.destroy();
times.sort((a, b) => a - b);
const quantile = (part: number) => Math.round(times[Math.floor(part * (times.length - 1))] ?? 0);
process.stdout.write(`${JSON.stringify({ statuses, p50: quantile(0.5), p99: quantile(0.99) })}\n`);
