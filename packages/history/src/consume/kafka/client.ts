/**
 * What is used of a consumer of KafkaJS, which the caller connects and disconnects. Confluent's client has the same
 * interface (`KafkaJS` in its package).
 */
export interface KafkaConsumer {
  subscribe(options: { topics: string[]; fromBeginning?: boolean }): Promise<void>;
  run(options: {
    autoCommit: false;
    eachBatchAutoResolve: false;
    partitionsConsumedConcurrently: number;
    eachBatch: (payload: KafkaBatchPayload) => Promise<void>;
  }): Promise<void>;
  commitOffsets(offsets: { topic: string; partition: number; offset: string }[]): Promise<void>;
  seek(position: { topic: string; partition: number; offset: string }): void;
  stop(): Promise<void>;
}

/** A batch as it is handed over, and what to do with it. */
export interface KafkaBatchPayload {
  readonly batch: {
    readonly topic: string;
    readonly partition: number;
    readonly highWatermark: string;
    readonly messages: readonly KafkaMessage[];
  };
  resolveOffset(offset: string): void;
  heartbeat(): Promise<void>;
  isRunning(): boolean;
  isStale(): boolean;
}

/** A record. */
export interface KafkaMessage {
  readonly offset: string;
  readonly timestamp: string;
  readonly value: Uint8Array | null;
  readonly headers?: Readonly<Record<string, Uint8Array | string | (Uint8Array | string)[] | undefined>>;
}
