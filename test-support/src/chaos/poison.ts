/** Whether no receiver ever takes the event with this number: one in a hundred. */
export function isBad(number: number): boolean {
  return number % 100 === 0;
}

/** Finds bad events in what is sent to a receiver, by the end of their number in the wire form. */
export const BAD_IN_WIRE_FORM = /"duration_ms":\d*00[,}]/g;

/** The number of an event in the wire form. */
export function numberIn(body: Uint8Array): number {
  const number = /"duration_ms":(\d+)/.exec(new TextDecoder().decode(body))?.[1];
  if (number === undefined) throw new Error("a message is no numbered event");
  return Number(number);
}
