import type { NotKnown } from "@alumiini/history";
import { href } from "../frame/route.js";
import { Text, Time } from "./text.js";

/** What an answer can't know is stated, not left out. */
export function NotKnownNote({ facts }: { readonly facts: readonly NotKnown[] }) {
  if (facts.length === 0) return null;
  return (
    <section class="note" aria-label="What is not known here">
      <b>What is not known here.</b>{" "}
      {facts.map((fact) => (
        <span key={`${fact.code}${fact.text}`}>
          <Text>{fact.text}</Text>
          {fact.since !== null && fact.until !== null && (
            <>
              {" "}
              (<Time at={fact.since} /> to <Time at={fact.until} />)
            </>
          )}
          .{" "}
        </span>
      ))}
      {facts.some((fact) => fact.code === "stream_gap") && <a href={href("delivery")}>Delivery</a>}
    </section>
  );
}
