import type { RepositoryId, SearchItem } from "@alumiini/history";
import { useEffect, useId, useState } from "preact/hooks";
import { useAnswer } from "../api/use-answer.js";
import { plainText } from "../words/names.js";

/** How a repository is written in a field: its name first, because that is what people type. */
export function labelOf({ clusterId, namespace, repoName }: RepositoryId): string {
  return plainText(`${repoName} · ${namespace} · ${clusterId}`);
}

/** The repositories whose name has what was typed, of at most 20. */
export function useRepositories(typed: string): readonly (SearchItem & { kind: "repository" })[] {
  const { data } = useAnswer("search", typed === "" ? undefined : { text: typed, limit: 20 });
  return (data?.items ?? []).filter((item): item is SearchItem & { kind: "repository" } => item.kind === "repository");
}

interface RepositoryFieldProps {
  readonly repository: RepositoryId | undefined;
  /** Undefined for all. */
  choose(repository: RepositoryId | undefined): void;
}

/** A field for one repository or none; it offers what begins like it, so it works with 100,000 of them. */
export function RepositoryField({ repository, choose }: RepositoryFieldProps) {
  const id = useId();
  const current = repository === undefined ? "" : labelOf(repository);
  const [name, setName] = useState(current);
  useEffect(() => setName(current), [current]);
  const found = useRepositories(name === current ? "" : (name.split(" · ")[0]?.trim() ?? ""));
  const take = (text: string, only: boolean) => {
    if (text.trim() === "") return current === "" ? undefined : choose(undefined);
    const exact = found.filter((item) => labelOf(item) === text || (only && item.repoName === text));
    const chosen = exact.length === 1 ? exact[0] : only && found.length === 1 ? found[0] : undefined;
    if (chosen !== undefined) choose(chosen);
  };
  return (
    <>
      <input
        class="repository"
        aria-label="Repository"
        list={id}
        value={name}
        placeholder="Repository: all"
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => {
          setName(event.currentTarget.value);
          // What was picked from the list is meant; what is still being typed may go on.
          take(event.currentTarget.value, false);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") take(name, true);
        }}
      />
      <datalist id={id}>
        {found.map((item) => (
          <option key={labelOf(item)} value={labelOf(item)} />
        ))}
      </datalist>
    </>
  );
}
