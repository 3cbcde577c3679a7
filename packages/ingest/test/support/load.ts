import { once } from "node:events";
import { Agent, request } from "node:http";
import { fluxText, sign } from "./requests.js";

/** What a load came to. */
export interface LoadResult {
  readonly sent: number;
  /** Answers by status; 0 is a connection that broke. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Milliseconds from when a delivery was due to its answer. */
  readonly p50: number;
  readonly p99: number;
}

/** Sends signed deliveries of Flux at a rate, whatever the answers take, so that waiting shows in the times. */
export async function load(url: string, secret: string, perSecond: number, seconds: number): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const total = perSecond * seconds;
  const times: number[] = [];
  const statuses: Record<number, number> = {};
  const open = new Set<Promise<void>>();
  const started = performance.now();
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.ceil(((performance.now() - started) / 1000) * perSecond));
    for (; sent < due; sent++) {
      const dueAt = started + (sent / perSecond) * 1000;
      const one = post(agent, url, fluxText(sent), secret).then((status) => {
        times.push(performance.now() - dueAt);
        statuses[status] = (statuses[status] ?? 0) + 1;
        open.delete(one);
      });
      open.add(one);
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(open);
  agent.destroy();
  times.sort((a, b) => a - b);
  const quantile = (part: number) => Math.round((times[Math.floor(part * (times.length - 1))] ?? Number.NaN) * 10) / 10;
  return { sent: total, statuses, p50: quantile(0.5), p99: quantile(0.99) };
}

async function post(agent: Agent, url: string, text: string, secret: string): Promise<number> {
  try {
    const headers = { "content-type": "application/json", "x-signature": sign(text, secret) };
    const sent = request(url, { agent, method: "POST", headers });
    sent.end(text);
    const [response] = await once(sent, "response");
    response.resume();
    await once(response, "end");
    return response.statusCode;
  } catch {
    return 0;
  }
}
