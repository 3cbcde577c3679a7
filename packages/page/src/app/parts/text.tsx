import type { RepositoryId } from "@alumiini/history";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { serverNow, ticks } from "../api/clock.js";
import { usePast } from "../api/live.js";
import { useStore } from "../api/store.js";
import { zone } from "../frame/settings.js";
import { branchRevision, middleCut, partsOf } from "../words/names.js";
import { NBSP, NO_VALUE } from "../words/numbers.js";
import { GRADES, sourceName, type Wording } from "../words/states.js";
import { age, fullTime, iso, when } from "../words/times.js";

/** A shape of the sprite in `index.html`. */
export function Icon({ name, tone }: { readonly name: string; readonly tone: string }) {
  return (
    <svg class={`icon ${tone}`} aria-hidden="true">
      <use href={`#i-${name}`} />
    </svg>
  );
}

/** Shape and word; "Was healthy" when nobody knows what it is now. */
export function StateLabel({ of, live = false }: { readonly of: Wording; readonly live?: boolean }) {
  const past = usePast() && live;
  return (
    <span class="state">
      <Icon name={of.icon} tone={of.tone} />
      <b>{past ? `Was ${of.word.toLowerCase()}` : of.word}</b>
    </span>
  );
}

/** A text from outside: nothing in it can hide, reorder or break out. */
export function Text({ children, cut }: { readonly children: string; readonly cut?: number }) {
  const parts = partsOf(cut === undefined ? children : middleCut(children, cut));
  return (
    <bdi>{parts.map((part) => (part.hidden ? <span class="code-point">{part.text}</span> : breakable(part.text)))}</bdi>
  );
}

/** A path breaks behind its slashes before it breaks anywhere. */
function breakable(text: string): ComponentChildren {
  const [first, ...others] = text.split(/(?<=\/)/, 16);
  if (others.length === 0) return text;
  // The sixteenth piece and what follows stay whole.
  const rest = text.slice([first, ...others].join("").length);
  return [
    first,
    ...others.map((piece, index) => (
      <>
        <wbr />
        {piece}
        {index === others.length - 1 ? rest : ""}
      </>
    )),
  ];
}

interface NameProps {
  readonly text: string;
  readonly to?: string | undefined;
  /** Characters at most. Default 24. */
  readonly cut?: number;
  /** It is what `j` and `k` go to; its value is where `m` leads, or empty. */
  readonly item?: string;
}

/** A name that is cut in the middle where it is long; the whole of it shows on focus and under the pointer. */
export function Name({ text, to, cut = 24, item }: NameProps) {
  const content =
    [...text].length <= cut ? (
      <Text>{text}</Text>
    ) : (
      <>
        <span aria-hidden="true">
          <Text cut={cut}>{text}</Text>
        </span>
        <span class="whole">
          <Text>{text}</Text>
        </span>
      </>
    );
  if (to === undefined) return <span class="name">{content}</span>;
  return (
    <a
      class="name"
      href={to}
      data-item={item === undefined ? undefined : ""}
      data-moment={item === "" ? undefined : item}
    >
      {content}
    </a>
  );
}

/** Where a repository is: namespace, cluster, and the system that reported it. */
export function Where({ of, source }: { readonly of: RepositoryId; readonly source?: string | null | undefined }) {
  return (
    <span class="second">
      <Text cut={24}>{of.namespace}</Text> · <Text cut={24}>{of.clusterId}</Text>
      {source !== undefined && <> · {sourceName(source)}</>}
    </span>
  );
}

export function Revision({
  revision,
  branch = null,
}: {
  readonly revision: string | null;
  readonly branch?: string | null;
}) {
  if (revision === null) return <NoValue />;
  return (
    <code>
      <Text cut={32}>{branchRevision(revision, branch)}</Text>
    </code>
  );
}

export function NoValue({ why = "not known" }: { readonly why?: string }) {
  return (
    <span class="second">
      <span aria-hidden="true">{NO_VALUE}</span>
      <span class="hidden">{why}</span>
    </span>
  );
}

/** `14:03:12`, with the date when it is not today. */
export function Time({ at }: { readonly at: number }) {
  const shown = useStore(zone);
  return <time dateTime={iso(at)}>{when(at, serverNow(), shown)}</time>;
}

/** Absolute, with the date: for evidence. */
export function FullTime({ at, ms = false }: { readonly at: number; readonly ms?: boolean }) {
  const shown = useStore(zone);
  return <time dateTime={iso(at)}>{fullTime(at, shown, { ms })}</time>;
}

/** How long ago, ticking every 10 seconds. */
export function Age({ at }: { readonly at: number }) {
  useStore(ticks);
  return <span class="age">{age(serverNow() - at)}</span>;
}

/** Four pips and the word. */
export function Grade({ of }: { readonly of: keyof typeof GRADES }) {
  const { word, pips } = GRADES[of];
  return (
    <span class="grade">
      <svg class="pips" viewBox="0 0 32 8" aria-hidden="true">
        {[0, 1, 2, 3].map((index) => (
          <rect key={index} x={index * 8 + 0.5} y="0.5" width="6" height="7" class={index < pips ? "full" : "empty"} />
        ))}
      </svg>
      <b>{word}</b>
    </span>
  );
}

/** Copies a text; says so in the button itself. */
export function Copy({
  text,
  label = "Copy",
  name,
}: {
  readonly text: string;
  readonly label?: string;
  readonly name?: string;
}) {
  const [said, setSaid] = useState<string>();
  useEffect(() => {
    if (said === undefined) return;
    const timer = setTimeout(() => setSaid(undefined), 2000);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = () => {
    copyText(text).then(
      () => setSaid("Copied"),
      () => setSaid("Can't copy"),
    );
  };
  return (
    <button type="button" class="link" aria-label={said ?? name ?? label} onClick={copy}>
      {said ?? label}
    </button>
  );
}

/** The clipboard needs a secure page; a plain `http:` address that isn't loopback has none, so select and copy. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return await navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "hidden";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) throw new Error("the browser doesn't allow it");
}

/** A link out: only to the web, its host shown. */
export function LinkOut({ to, children }: { readonly to: string | null; readonly children: ComponentChildren }) {
  const url = to !== null && URL.canParse(to) ? new URL(to) : null;
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) return <>{children}</>;
  return (
    <a href={url.href} target="_blank" rel="noopener noreferrer" title={url.host}>
      {children}
      <span class="second">
        {NBSP}↗<span class="hidden"> at {url.host}</span>
      </span>
    </a>
  );
}

/** An error message: 12 lines, then a button for the rest. */
export function Message({ text }: { readonly text: string }) {
  const lines = text.split(/\r?\n/);
  const [whole, setWhole] = useState(false);
  const shown = whole ? lines : lines.slice(0, 12);
  return (
    <div class="message">
      <pre>
        {shown.map((line, index) => (
          <>
            <Text>{line}</Text>
            {index < shown.length - 1 && "\n"}
          </>
        ))}
      </pre>
      <p class="second">
        {lines.length > 12 && (
          <>
            <button type="button" class="link" aria-expanded={whole} onClick={() => setWhole(!whole)}>
              {whole ? "Show 12 lines" : `Show all ${lines.length} lines`}
            </button>
            {" · "}
          </>
        )}
        <Copy text={text} name="Copy the error" />
      </p>
    </div>
  );
}
