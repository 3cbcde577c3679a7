import type { OutcomeMark } from "@alumiini/history";
import { plural } from "../words/numbers.js";

const STEP = 9;
const SIZE = 12;

const SHAPES: Readonly<Record<OutcomeMark["outcome"], { readonly kind: string; path(x: number): string }>> = {
  succeeded: { kind: "ok-outline", path: (x) => `M${x + 1} 5h5v9h-5z` },
  failed: { kind: "fail-filled", path: (x) => `M${x} 1h7v14h-7z` },
  timed_out: { kind: "fail-filled", path: (x) => `M${x} 1h7v14h-7z` },
  rolled_back: { kind: "warn-filled", path: (x) => `M${x + 3.5} 3l4 11h-8z` },
  under_way: { kind: "way-outline", path: (x) => `M${x + 0.5} 10a3 3 0 1 0 6 0a3 3 0 1 0 -6 0` },
  unknown: { kind: "none-line", path: (x) => `M${x + 1} 14h5` },
};

/** The last 12 syncs as one picture of a few shapes; its name says the same. */
export function Strip({ marks }: { readonly marks: readonly OutcomeMark[] }) {
  const paths = new Map<string, string>();
  const padded = [...Array.from({ length: Math.max(0, SIZE - marks.length) }, () => undefined), ...marks.slice(-SIZE)];
  padded.forEach((mark, index) => {
    const { kind, path } = SHAPES[mark?.outcome ?? "unknown"];
    paths.set(kind, (paths.get(kind) ?? "") + path(index * STEP));
  });
  return (
    <svg class="strip" viewBox={`0 0 ${SIZE * STEP} 16`} role="img" aria-label={nameOf(marks)}>
      {[...paths].map(([kind, path]) => (
        <path key={kind} class={kind} d={path} />
      ))}
    </svg>
  );
}

function nameOf(marks: readonly OutcomeMark[]): string {
  if (marks.length === 0) return "No syncs received";
  const failed = ({ outcome }: OutcomeMark) => outcome === "failed" || outcome === "timed_out";
  const count = marks.filter(failed).length;
  const last = marks.length - 1 - marks.findLastIndex((mark) => !failed(mark));
  const all = plural(marks.length, "sync");
  if (count === 0) return `${all}, none failed`;
  if (last === 0) return `${all}, ${count} failed`;
  return last === 1 ? `${all}, the last failed` : `${all}, the last ${last} failed`;
}
