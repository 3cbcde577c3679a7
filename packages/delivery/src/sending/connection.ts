import { Timers } from "../ports/time.js";
import type { LinkState, Transport } from "../ports/transport.js";
import type { DeliveryState } from "../state.js";
import { attempt, Stop } from "./attempt.js";
import { backoff } from "./backoff.js";

/** What a connection tells its owner. */
interface ConnectionEvents {
  /** It was opened for the first time. */
  opened(): void;
  /** The transport says that its link is up. */
  linkUp(): void;
}

/** Opens the transport's connection, again until that succeeds, and follows the link from then on. */
export class Connection {
  /** Resolves when it was opened; rejects when it is closed before. */
  readonly ready: Promise<void>;
  readonly #state: DeliveryState;
  readonly #transport: Transport;
  readonly #events: ConnectionEvents;
  readonly #timers: Timers;
  readonly #stop = new Stop();
  #connecting = Promise.resolve();
  /** `connect` has succeeded. */
  #established = false;
  /** The transport says that its link is down, and repairs it. */
  #linkLost = false;
  #connectFailed = false;
  #closed = false;
  readonly #settleReady: { readonly resolve: () => void; readonly reject: (error: Error) => void };

  constructor(state: DeliveryState, transport: Transport, events: ConnectionEvents) {
    this.#state = state;
    this.#transport = transport;
    this.#events = events;
    this.#timers = new Timers(state.time);
    let settle = { resolve: () => {}, reject: (_: Error) => {} };
    this.ready = new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
    this.#settleReady = settle;
    // Avoids an unhandled rejection when nobody awaits `ready`.
    this.ready.catch(() => {});
  }

  /** To be called once, when its events can be taken. */
  open(): void {
    this.#transport.followLink?.((link) => this.#turnLink(link));
    // Not in the caller's way: its own synchronous work goes first.
    queueMicrotask(() => this.#connect(1));
  }

  get isUp(): boolean {
    return this.#established && !this.#linkLost;
  }

  /** Whether it failed, and is not open yet or lost again. */
  get isDown(): boolean {
    return this.#linkLost || (this.#connectFailed && !this.#established);
  }

  /** Whether the transport has lost its link. */
  get isLinkLost(): boolean {
    return this.#linkLost;
  }

  /** Connects no more; resolves when an attempt under way has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timers.close();
    this.#stop.stop();
    this.#settleReady.reject(new Error("closed before it was connected"));
    await this.#connecting;
  }

  #connect(attempts: number): void {
    if (this.#closed) return;
    const state = this.#state;
    const connect = async (signal: AbortSignal) => this.#transport.connect?.(signal);
    this.#connecting = attempt(connect, state.options.attemptTimeoutMs, this.#stop, state.time).then(
      () => {
        this.#established = true;
        this.#settleReady.resolve();
        this.#events.opened();
      },
      (error: unknown) => {
        if (this.#closed) return;
        this.#connectFailed = true;
        state.accounting.failed(error);
        state.report("connect_failed", "Can't connect; retrying until it succeeds, and events wait meanwhile:", error);
        this.#timers.set(backoff(state, attempts), () => this.#connect(attempts + 1));
      },
    );
  }

  #turnLink(link: LinkState): void {
    if (this.#closed) return;
    this.#linkLost = !link.up;
    if (link.error !== undefined) {
      const { accounting, report } = this.#state;
      accounting.failed(link.error);
      if (link.up) report("send_failed", "Nothing can be delivered at present; still trying:", link.error);
      else report("connect_failed", "The connection is lost; reconnecting, and events wait meanwhile:", link.error);
    }
    if (link.up) this.#events.linkUp();
  }
}
