import type { FleetAnswer, RepositoryId } from "@alumiini/history";
import type { Answers } from "../client/answers.js";
import { CliError, EXIT } from "../client/errors.js";
import { Fields } from "../client/fields.js";
import { visible } from "../output/words.js";
import type { Options } from "./questions/question.js";

type Part = keyof RepositoryId;

/**
 * The ways to write a repository, and the parts that each fixes besides the name. Names and namespaces may have slashes, so
 * the text is not taken apart.
 */
const READINGS: readonly { readonly of: (repository: RepositoryId) => string; readonly fixes: readonly Part[] }[] = [
  { of: fullName, fixes: ["clusterId", "namespace"] },
  { of: ({ namespace, repoName }) => `${namespace}/${repoName}`, fixes: ["namespace"] },
  { of: ({ repoName }) => repoName, fixes: [] },
  { of: ({ namespace, repoName }) => `${namespace}/${lastPart(repoName)}`, fixes: ["namespace"] },
  { of: ({ repoName }) => lastPart(repoName), fixes: [] },
];

/**
 * Finds the repository that a person means: `cluster/namespace/name`, `namespace/name`, `name`, or the last part of a
 * name (`checkout` for `kustomization/checkout`).
 *
 * @throws {CliError} where there is none, or several
 */
export async function findRepository(text: string, options: Options, answers: Answers): Promise<RepositoryId> {
  const { meant } = await repositoriesOf(text, options, answers);
  const [first, ...others] = meant;
  if (first !== undefined && others.length === 0) return first;
  throw new CliError(
    EXIT.usage,
    visible(`${text} may be ${meant.slice(0, 8).map(fullName).join(", ")}; write one of them`),
  );
}

/**
 * Returns the options with what `--repo` means by the names that are stored. Several repositories may have the name.
 *
 * @throws {CliError} where there is none: nothing would be listed, and nothing failing
 */
export async function withRepositories(options: Options, answers: Answers): Promise<Options> {
  const { repo } = options;
  if (typeof repo !== "string") return options;
  const texts = repo.split(",");
  const found = await Promise.all(texts.map((text) => repositoriesOf(text, options, answers)));
  const one = texts.length === 1 ? found[0] : undefined;
  if (one === undefined && found.some(({ fixes }) => fixes.length > 0)) {
    throw new CliError(EXIT.usage, "--repo takes several names, or one repository with its namespace");
  }
  const meant = found.flatMap((each) => each.meant);
  const all = (part: Part) => [...new Set(meant.map((repository) => repository[part]))].join(",");
  return {
    ...options,
    repo: all("repoName"),
    ...(one?.fixes.includes("namespace") && { namespace: all("namespace") }),
    ...(one?.fixes.includes("clusterId") && { cluster: all("clusterId") }),
  };
}

/** Those that a text means by the first way of writing that any has. There is one at least. */
async function repositoriesOf(text: string, options: Options, answers: Answers) {
  const known = await candidates(text, options, answers);
  for (const { of, fixes } of READINGS) {
    const meant = known.filter((repository) => of(repository) === text);
    if (meant.length > 0) return { meant, fixes };
  }
  const near = known.slice(0, 4).map(fullName).join(", ");
  throw new CliError(
    EXIT.usage,
    visible(`no repository is called ${text}${near === "" ? "; see `alumiini fleet`" : `; there is ${near}`}`),
  );
}

/** Those with the name, which may be part of too many others, and those that have it as a part. */
async function candidates(text: string, options: Options, answers: Answers): Promise<RepositoryId[]> {
  const known = new Map<string, RepositoryId>();
  for (const asked of [{ repoName: `${text},${lastPart(text)}` }, { search: lastPart(text) }]) {
    const parameters = new URLSearchParams({ ...asked, limit: "500", sort: "name" });
    if (typeof options["cluster"] === "string") parameters.set("clusterId", options["cluster"]);
    if (typeof options["namespace"] === "string") parameters.set("namespace", options["namespace"]);
    const fleet = new Fields<FleetAnswer>(await (await answers.get("/v1/fleet", parameters)).json());
    for (const row of fleet.list("items")) {
      const repository = {
        clusterId: row.text("clusterId") ?? "",
        namespace: row.text("namespace") ?? "",
        repoName: row.text("repoName") ?? "",
      };
      known.set(fullName(repository), repository);
    }
  }
  return [...known.values()];
}

function lastPart(name: string): string {
  return name.split("/").at(-1) ?? name;
}

function fullName({ clusterId, namespace, repoName }: RepositoryId): string {
  return `${clusterId}/${namespace}/${repoName}`;
}
