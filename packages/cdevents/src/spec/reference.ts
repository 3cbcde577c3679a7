/** A subject of another event, such as the environment of a service. */
export interface Reference {
  readonly id: string;
  /** URI reference; that of the event where absent. */
  readonly source?: string;
}
