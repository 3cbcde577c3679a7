import { createHmac, randomBytes } from "node:crypto";
import { argocdDeliveries } from "./argocd.ts";
import { fluxDeliveries } from "./flux.ts";
import { githubDeliveries } from "./github.ts";

/** One request of a source: where to, and what it holds. */
export interface Delivery {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The secrets that the demo's server and its sources share, made for one run. */
export interface Secrets {
  readonly flux: string;
  readonly argocd: string;
  readonly github: string;
}

/** Returns new secrets. */
export function newSecrets(): Secrets {
  const make = () => randomBytes(16).toString("hex");
  return { flux: make(), argocd: make(), github: make() };
}

/** What became of the deliveries: how many were answered with which status. */
export type Answered = Readonly<Record<number, number>>;

/**
 * Sends what Flux, Argo CD and GitHub would send, signed as they sign it; one of GitHub's comes twice, and one has the
 * signature of somebody else.
 */
export async function sendDeliveries(server: string, secrets: Secrets, now: number): Promise<Answered> {
  const flux = fluxDeliveries(now).map((body) => signed("/flux", "x-signature", secrets.flux, body));
  const argocd = argocdDeliveries(now).map((body) => ({
    path: "/argocd",
    headers: { authorization: `Bearer ${secrets.argocd}` },
    body,
  }));
  const github = githubDeliveries(now).map(({ event, id, body }) => {
    const { headers, ...delivery } = signed("/github", "x-hub-signature-256", secrets.github, body);
    return { ...delivery, headers: { ...headers, "x-github-event": event, "x-github-delivery": id } };
  });
  const forged = fluxDeliveries(now)
    .slice(0, 1)
    .map((body) => signed("/flux", "x-signature", "a guess", body));
  const answered: Record<number, number> = {};
  for (const delivery of [...flux, ...argocd, ...github, ...github.slice(-1), ...forged]) {
    const status = await send(server, delivery);
    answered[status] = (answered[status] ?? 0) + 1;
  }
  return answered;
}

function signed(path: string, header: string, secret: string, body: string): Delivery {
  const signature = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
  return { path, headers: { [header]: signature }, body };
}

async function send(server: string, { path, headers, body }: Delivery): Promise<number> {
  const response = await fetch(server + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  await response.arrayBuffer();
  return response.status;
}
