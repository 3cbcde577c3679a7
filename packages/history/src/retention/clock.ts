/** A clock that is so far ahead of where it should be has jumped. */
const JUMP_MS = 3_600_000;
/** For so long the time of events proves nothing after a jump: they may be of the same clock. */
const HOLD_MS = 86_400_000;

/**
 * The time that retention goes by: the clock's where something else agrees with it. A clock that is wrong by more than the
 * age that is kept would delete everything, and what comes after it is set right would be refused as too old.
 *
 * It begins at the newest event, or where retention was the last time, goes on with the monotonic clock, and follows the
 * times of events. A clock that jumps, or is a day ahead at the start, proves no event of its own for a day.
 */
export class RetentionClock {
  #trusted: number | undefined;
  #monotonic = 0;
  #offset = 0;
  #jumpedAt = Number.NEGATIVE_INFINITY;

  /**
   * Returns the time to go by, never later than the clock's. All are in milliseconds.
   *
   * @param wall the clock
   * @param monotonic how long the process has run, in which nobody sets it
   * @param newest the newest event that is not later than the clock
   * @param reached the time that was gone by when this store was last retained; 0 where that is not known
   */
  look(wall: number, monotonic: number, newest: number, reached: number): number {
    const offset = wall - monotonic;
    let trusted = this.#trusted;
    if (trusted === undefined) {
      trusted = Math.max(newest, reached);
      if (wall - trusted > HOLD_MS) this.#jumpedAt = monotonic;
    } else {
      trusted += monotonic - this.#monotonic;
      if (offset - this.#offset > JUMP_MS) this.#jumpedAt = monotonic;
      if (monotonic - this.#jumpedAt >= HOLD_MS) trusted = Math.max(trusted, newest);
    }
    this.#trusted = Math.min(trusted, wall);
    this.#monotonic = monotonic;
    this.#offset = offset;
    return this.#trusted;
  }
}
