import type { Evidence } from "@alumiini/history";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { onKey } from "../frame/keys.js";
import { plainText } from "../words/names.js";
import { count } from "../words/numbers.js";
import { reasonWords } from "../words/reasons.js";
import { Copy, FullTime } from "./text.js";

interface EvidencePanelProps {
  /** `Why 8.0 %?` */
  readonly title: string;
  readonly evidence: Evidence;
  /** What the formula counts, in words. */
  readonly meaning: string;
  readonly ids: readonly string[];
  readonly command: string;
  readonly children?: ComponentChildren;
  close(): void;
}

/** What a number rests on: counted, left out and missing, then the events. Closing returns the focus to the number. */
export function EvidencePanel({ title, evidence, meaning, ids, command, children, close }: EvidencePanelProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element === null) return;
    // Beside the numbers where there is room, over them where there is none.
    if (matchMedia("(max-width: 959px)").matches) element.showModal();
    else element.show();
  }, []);
  useEffect(() => onKey("Escape", close), [close]);
  const total = (list: readonly { readonly count: number }[]) => count(list.reduce((sum, each) => sum + each.count, 0));
  return (
    <dialog ref={dialog} class="evidence" aria-labelledby="evidence-title" onClose={close}>
      <div class="title-row">
        <h2 id="evidence-title">{title}</h2>
        <button type="button" class="link" onClick={close}>
          Close <kbd>Esc</kbd>
        </button>
      </div>
      <p class="formula">
        <code>{evidence.formula.replace(" / ", " ÷ ")}</code>
        <span class="second">{meaning}</span>
      </p>
      <dl class="counts">
        <Part title="Counted" sum={total(evidence.counted)} list={evidence.counted} />
        <Part title="Left out" sum={total(evidence.leftOut)} list={evidence.leftOut} />
        <div class="head">
          <dt>Missing</dt>
          <dd>
            {evidence.missing.length === 0
              ? "nothing known"
              : evidence.missing.every((gap) => gap.count !== null)
                ? total(evidence.missing.map((gap) => ({ count: gap.count ?? 0 })))
                : "unknown"}
          </dd>
        </div>
        {evidence.missing.map((gap) => (
          <div key={`${gap.reason}${gap.since}`}>
            <dt class="second-text">
              {reasonWords(gap.reason)}
              {gap.since !== null && gap.until !== null && (
                <span class="second">
                  {" "}
                  <FullTime at={gap.since} /> to <FullTime at={gap.until} />
                </span>
              )}
            </dt>
            <dd>{gap.count === null ? "" : count(gap.count)}</dd>
          </div>
        ))}
      </dl>
      {children}
      <p class="buttons">
        {ids.length > 0 && <Copy text={ids.join("\n")} label="Copy ids" />}
        <Copy text={location.href} label="Copy link to this" />
      </p>
      <p class="second">
        In the terminal <code>{plainText(command)}</code> <Copy text={command} name="Copy the command" />
      </p>
    </dialog>
  );
}

function Part({
  title,
  sum,
  list,
}: {
  readonly title: string;
  readonly sum: string;
  readonly list: readonly { readonly reason: string; readonly count: number }[];
}) {
  return (
    <>
      <div class="head">
        <dt>{title}</dt>
        <dd>{sum}</dd>
      </div>
      {list.map((each) => (
        <div key={each.reason}>
          <dt>{reasonWords(each.reason)}</dt>
          <dd>{count(each.count)}</dd>
        </div>
      ))}
    </>
  );
}

interface NumberButtonProps {
  readonly id: string;
  readonly shown: string;
  /** Its accessible name: `8.0 %, change fail rate, show evidence`. */
  readonly what: string;
  open(): void;
}

/** A number that opens its evidence. */
export function NumberButton({ id, shown, what, open }: NumberButtonProps) {
  return (
    <button type="button" class="number-button" id={id} aria-label={`${shown}, ${what}, show evidence`} onClick={open}>
      {shown}
    </button>
  );
}
