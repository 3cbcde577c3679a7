import { setTimeout as wait } from "node:timers/promises";
import { messageOf, StoreClosed, StoreError } from "../../store/errors.js";
import {
  type ConsumerStats,
  type Consumption,
  type Gap,
  gapChange,
  type Position,
  positionChange,
  readPositions,
  storeMessages,
  type Target,
} from "../intake.js";
import { type ConsumerInfo, JetStreamApi } from "./api.js";
import { type NatsMessage, readMessage, type UnderWay } from "./client.js";
import { GapFinder, toGap } from "./gaps.js";
import { type JetStreamOptions, type ResolvedJetStreamOptions, resolveOptions } from "./options.js";
import { type PullEnd, Puller } from "./puller.js";

const BATCH = 400;
const PAUSE_MS = 1_000;
const ACK = new TextEncoder().encode("+ACK");
const IN_PROGRESS = new TextEncoder().encode("+WPI");

/**
 * Consumes a stream into the store: a message is acknowledged when its row is committed. Resolves when it has begun.
 *
 * What the stream believes was acknowledged is compared with the position in the store first: what the store has lost,
 * because its write-ahead log was damaged or a backup was restored, is read again.
 *
 * @throws {@link OptionError} for an option that is missing, unknown or out of its range, StoreError where JetStream refuses
 */
export async function consumeJetStream(options: JetStreamOptions, target: Target): Promise<Consumption> {
  const consumer = new JetStreamConsumer(resolveOptions(options), target);
  await consumer.start();
  return consumer;
}

class JetStreamConsumer implements Consumption {
  readonly #options: ResolvedJetStreamOptions;
  readonly #target: Target;
  readonly #api: JetStreamApi;
  readonly #stream: string;
  readonly #stopping = new AbortController();
  readonly #counts = { received: 0, stored: 0, refused: 0, missing: 0 };
  readonly #buffer: UnderWay[] = [];
  readonly #storing = new Set<readonly UnderWay[]>();
  #wake = (): void => {};
  #running: Promise<unknown> = Promise.resolve();
  readonly #gaps: GapFinder;
  #position: Position = { sequence: 0, ts: 0, exact: false, madeAt: null };
  /** Up to when the stream has been followed without a gap. */
  #followedTo: number | undefined;
  #ackWaitMs: number;
  #filtered = false;

  constructor(options: ResolvedJetStreamOptions, target: Target) {
    this.#options = options;
    this.#target = target;
    this.#api = new JetStreamApi(options.connection, options.apiPrefix, options.stream);
    this.#stream = `jetstream:${options.stream}`;
    this.#gaps = new GapFinder(this.#api, this.#stream);
    this.#ackWaitMs = options.ackWaitMs;
  }

  async start(): Promise<void> {
    const positions = await readPositions(this.#target.store, this.#stream);
    const stored = positions.get(0);
    this.#position = stored ?? this.#position;
    this.#followedTo = stored?.ts;
    const info = await this.#ensureConsumer();
    this.#gaps.begin(info.delivered);
    if (info.ackFloor > this.#position.sequence) await this.#readAgain(info.ackFloor);
    // From now on more may be stored than the position says.
    if (this.#position.exact) await this.#setPosition({ ...this.#position, exact: false });
    this.#running = Promise.all([this.#pullLoop(), this.#storeLoop(), this.#positionLoop(), this.#keepAlive()]);
    // Each loop reports its failures and goes on.
    this.#running.catch(() => {});
  }

  stats(): ConsumerStats {
    return { ...this.#counts, pending: this.#underWay };
  }

  get #underWay(): number {
    return [...this.#storing].reduce((sum, group) => sum + group.length, this.#buffer.length);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.#running;
  }

  async #ensureConsumer(): Promise<ConsumerInfo> {
    await this.#noticeNewStream();
    const { durable, filterSubjects, ackWaitMs, maxInFlight } = this.#options;
    const config = { filterSubjects, ackWaitMs, maxAckPending: 2 * maxInFlight };
    const info = await this.#api.ensureConsumer(durable, config, this.#position.sequence);
    this.#ackWaitMs = info.ackWaitMs;
    this.#filtered = info.filtered;
    return info;
  }

  /** Begins anew where the stream was made again: its sequences start over, so the position says nothing of it. */
  async #noticeNewStream(): Promise<void> {
    const { last, madeAt } = await this.#api.stream();
    const known = this.#position;
    const isSame = known.madeAt === null ? known.sequence <= last : known.madeAt === madeAt;
    this.#position = isSame ? { ...known, madeAt } : { sequence: 0, ts: 0, exact: false, madeAt };
    if (isSame) return;
    const now = Date.now();
    const next = Math.max(known.sequence, this.#gaps.delivered) + 1;
    const reason = "the stream was made again: whether it held more behind the sequence before this one is not known";
    const times = { afterTs: this.#followedTo ?? null, beforeTs: madeAt };
    const gap = { stream: this.#stream, partition: 0, first: next, last: next, ...times, reason, certain: false };
    await this.#target.intake.add([], [gapChange(gap, now), positionChange(this.#stream, 0, this.#position, now)]);
    this.#gaps.begin(0);
    this.#followedTo = undefined;
  }

  /** Stores again what was acknowledged and is not known to be stored. */
  async #readAgain(upTo: number): Promise<void> {
    const { connection, filterSubjects, maxBytes } = this.#options;
    const from = this.#position.sequence + 1;
    const { first, keepsAcknowledged } = await this.#api.stream();
    // A store that has no position yet begins where the stream does.
    if (this.#position.sequence > 0 && first > from) {
      const certain = this.#position.exact && !this.#filtered && keepsAcknowledged;
      const gap = toGap(this.#stream, [from, Math.min(first - 1, upTo)], certain, this.#followedTo, undefined);
      await this.#target.intake.add([], [gapChange(gap, Date.now())]);
      this.#counts.missing += gap.last - gap.first + 1;
      this.#followedTo = undefined;
    }
    if (first > upTo) return;
    const name = await this.#api.readFrom(Math.max(from, first), filterSubjects);
    const read: UnderWay[] = [];
    const puller = new Puller(connection, this.#api.nextSubject(name), (message) => {
      const underWay = readMessage(this.#stream, message);
      if (underWay !== undefined) read.push(underWay);
    });
    try {
      for (let done = false; !done; ) {
        const waiting = (await this.#api.consumer(name))?.waiting ?? 0;
        if (waiting === 0) done = true;
        else if ((await puller.pull(Math.min(BATCH, waiting), maxBytes)) === "consumer_gone") done = true;
        const messages = read.splice(0).map(({ message }) => message);
        await this.#target.intake.room();
        if (messages.length > 0) this.#counts.refused += await storeMessages(this.#target.intake, messages, []);
        done ||= messages.some(({ sequence }) => sequence >= upTo);
      }
    } finally {
      puller.stop();
    }
  }

  async #pullLoop(): Promise<void> {
    const { connection, durable, maxInFlight, maxBytes } = this.#options;
    const { signal } = this.#stopping;
    const puller = new Puller(connection, this.#api.nextSubject(durable), (message) => this.#receive(message));
    signal.addEventListener("abort", () => puller.stop(), { once: true });
    while (!signal.aborted) {
      const free = maxInFlight - this.#underWay;
      if (free < Math.min(BATCH, maxInFlight)) {
        await this.#pause(20);
        continue;
      }
      const end: PullEnd = await puller.pull(Math.min(free, BATCH), maxBytes);
      if (end !== "unavailable" && end !== "consumer_gone") continue;
      // Nobody answers where the server is away, and where the stream or the consumer is gone.
      await this.#guarded(() => this.#ensureConsumer());
      await this.#pause(PAUSE_MS);
    }
  }

  #receive(message: NatsMessage): void {
    const underWay = readMessage(this.#stream, message);
    if (underWay === undefined) return;
    this.#counts.received++;
    this.#buffer.push(underWay);
    this.#wake();
  }

  /** Until it is stopped, and what has been received by then. Several groups wait for one commit, in their order. */
  async #storeLoop(): Promise<void> {
    for (;;) {
      const group = this.#buffer.splice(0, BATCH);
      if (group.length > 0) {
        this.#storing.add(group);
        const gaps = await this.#guarded(() => this.#prepare(group));
        // Without an answer the group is not acknowledged, so it comes again.
        const stored = gaps === undefined ? Promise.resolve() : this.#guarded(() => this.#store(group, gaps));
        void stored.then(() => {
          this.#storing.delete(group);
          this.#wake();
        });
        if (gaps === undefined) await this.#pause(PAUSE_MS);
      } else if (this.#stopping.signal.aborted && this.#storing.size === 0) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  async #prepare(group: readonly UnderWay[]): Promise<readonly Gap[]> {
    await this.#target.intake.room();
    return await this.#gaps.find(group, this.#followedTo, this.#filtered);
  }

  async #store(group: readonly UnderWay[], gaps: readonly Gap[]): Promise<void> {
    const messages = group.map(({ message }) => message);
    const changes = gaps.map((gap) => gapChange(gap, Date.now()));
    this.#counts.refused += await storeMessages(this.#target.intake, messages, changes);
    for (const { reply } of group) this.#options.connection.publish(reply, ACK);
    this.#counts.stored += group.length;
    for (const { first, last } of gaps) this.#counts.missing += last - first + 1;
    if (gaps.length > 0) this.#followedTo = undefined;
    for (const { ts } of messages) this.#follow(ts);
  }

  #follow(ts: number): void {
    this.#target.observer.note("stream", this.#options.stream, Math.min(this.#followedTo ?? ts, ts), ts);
    this.#followedTo = Math.max(this.#followedTo ?? ts, ts);
  }

  /**
   * Writes down how far the stream says that everything is acknowledged, hence committed, by whichever process. It may
   * lag behind what is stored: then a little is read again after a crash.
   */
  async #positionLoop(): Promise<void> {
    for (let last = false; ; ) {
      last = this.#stopping.signal.aborted && this.#underWay === 0;
      await this.#guarded(async () => {
        if (last) await this.#options.connection.flush();
        await this.#writePosition(last);
      });
      if (last) return;
      await this.#pause(this.#stopping.signal.aborted ? 20 : this.#options.positionEveryMs);
    }
  }

  async #writePosition(isLast: boolean): Promise<void> {
    const info = await this.#api.consumer(this.#options.durable);
    if (info === undefined) return;
    const now = Date.now();
    // Nothing waits and nothing is under way: the stream is known up to now.
    if (info.waiting === 0 && info.unacknowledged === 0) this.#follow(now);
    if (info.ackFloor <= this.#position.sequence && !isLast) return;
    const sequence = Math.max(info.ackFloor, this.#position.sequence);
    await this.#setPosition({ ...this.#position, sequence, ts: this.#followedTo ?? now, exact: isLast });
  }

  async #setPosition(position: Position): Promise<void> {
    await this.#target.intake.add([], [positionChange(this.#stream, 0, position, Date.now())]);
    this.#position = position;
  }

  /** Tells the server that unacknowledged messages are not lost, while the store is slow or down. */
  async #keepAlive(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#pause(this.#ackWaitMs / 3);
      await this.#guarded(async () => {
        for (const { reply } of [...[...this.#storing].flat(), ...this.#buffer]) {
          this.#options.connection.publish(reply, IN_PROGRESS);
        }
      });
    }
  }

  /** Resolves to undefined where it failed. That is reported, and tried again by the loop that it is in. */
  async #guarded<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof StoreClosed) {
        this.#buffer.length = 0;
        this.#stopping.abort();
      }
      const failure = error instanceof StoreError ? error : new StoreError(messageOf(error), { cause: error });
      this.#options.onFailure(failure);
      return undefined;
    }
  }

  #pause(ms: number): Promise<void> {
    return wait(ms, undefined, { signal: this.#stopping.signal }).catch(() => wait(1));
  }
}
