import type { FleetAnswer, RepositoryId } from "@alumiini/history";
import type { Answers } from "../client/answers.js";
import { CliError, EXIT } from "../client/errors.js";
import { Fields } from "../client/fields.js";
import { visible } from "../output/words.js";

/**
 * Finds the repository that a person means: `cluster/namespace/name`, `namespace/name`, `name`, or the last part of a
 * name (`checkout` for `kustomization/checkout`). Names and namespaces may have slashes, so the text is not taken apart.
 *
 * @throws {CliError} where there is none, or several
 */
export async function findRepository(
  text: string,
  options: Readonly<Record<string, unknown>>,
  answers: Answers,
): Promise<RepositoryId> {
  const parameters = new URLSearchParams({ search: text.split("/").at(-1) ?? text, limit: "500", sort: "name" });
  if (typeof options["cluster"] === "string") parameters.set("clusterId", options["cluster"]);
  if (typeof options["namespace"] === "string") parameters.set("namespace", options["namespace"]);
  const response = await answers.get("/v1/fleet", parameters);
  const fleet = new Fields<FleetAnswer>(await response.json());
  const known = fleet.list("items").map((row) => ({
    clusterId: row.text("clusterId") ?? "",
    namespace: row.text("namespace") ?? "",
    repoName: row.text("repoName") ?? "",
  }));
  const readings: ((repository: RepositoryId) => string | undefined)[] = [
    fullName,
    ({ namespace, repoName }) => `${namespace}/${repoName}`,
    ({ repoName }) => repoName,
    ({ namespace, repoName }) => `${namespace}/${repoName.split("/").at(-1) ?? ""}`,
    ({ repoName }) => repoName.split("/").at(-1),
  ];
  for (const reading of readings) {
    const [first, ...others] = known.filter((repository) => reading(repository) === text);
    if (first === undefined) continue;
    if (others.length === 0) return first;
    const names = [first, ...others].slice(0, 8).map(fullName).join(", ");
    throw new CliError(EXIT.usage, visible(`${text} may be ${names}; write one of them`));
  }
  const near = known.slice(0, 4).map(fullName).join(", ");
  throw new CliError(
    EXIT.usage,
    visible(`no repository is called ${text}${near === "" ? "; see `alumiini fleet`" : `; there is ${near}`}`),
  );
}

function fullName({ clusterId, namespace, repoName }: RepositoryId): string {
  return `${clusterId}/${namespace}/${repoName}`;
}
