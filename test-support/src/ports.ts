import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";

/** What `start` of {@link onFreshPorts} throws when something else has taken a port meanwhile. */
export class PortTaken extends Error {
  override readonly name = "PortTaken";
}

const FIRST_PORT = 15_000;
const HANDED_OUT = new Set<number>();

/**
 * A port of the loopback interface that was free a moment ago, each time another one. It is outside the range from which
 * the kernel gives outgoing connections their ports: one of those could take it before a server listens on it or while
 * the server restarts, and a client that tries a dead port there again and again can end up connected to itself.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 1000; tries++) {
    // At random, so that processes that choose at the same time hardly ever choose the same.
    const port = FIRST_PORT + Math.floor(Math.random() * (firstEphemeralPort() - FIRST_PORT));
    if (HANDED_OUT.has(port) || !(await isFree(port))) continue;
    HANDED_OUT.add(port);
    return port;
  }
  throw new Error(`no port from ${FIRST_PORT} on is free`);
}

/** Starts a server whose ports come from {@link freePort}; once more, twice at most, when they have been taken. */
export async function onFreshPorts<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof PortTaken) || attempt === 3) throw error;
    }
  }
}

/** Whether the log of a server says that it could not listen. */
export function saysPortTaken(log: string): boolean {
  return /address already in use/i.test(log);
}

/** Linux tells; elsewhere the range is higher than what is Linux's default. */
function firstEphemeralPort(): number {
  const linuxDefault = 32_768;
  try {
    const first = Number.parseInt(readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8"), 10);
    // Where the kernel leaves no room below, its own choice is no safer than ours.
    return first >= FIRST_PORT + 1000 ? first : linuxDefault;
  } catch {
    return linuxDefault; // Not Linux.
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
    return true;
  } catch {
    return false; // What it is that has the port does not matter.
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
