import { ManifestError, type Problem } from "../errors.js";
import type { GitClone, TreeEntry } from "../git/git.js";
import type { ParseFiles } from "./parse-in-thread.js";
import type { ManifestFile, ParsedManifests } from "./parse-manifests.js";

const MIB = 1024 * 1024;
/** A cluster takes no object beyond 1.5 MiB; a file may hold several. */
const MAX_MANIFEST_BYTES = 4 * MIB;
/** Files beyond this are data, not manifests. They are not looked into. */
const MAX_FILE_BYTES = 32 * MIB;
/** All manifests of a commit together. */
const MAX_TOTAL_BYTES = 64 * MIB;

/** Where the files of a commit come from. */
type CommitFiles = Pick<GitClone, "listFiles" | "readFiles">;

/** What a commit asks the cluster to hold. */
export interface CommitManifests extends Pick<ParsedManifests, "manifests" | "ignored"> {
  /** Size of the files that hold manifests. */
  readonly bytes: number;
}

/**
 * Reads the manifests below `path` at `commit`.
 *
 * @throws {ManifestError} naming every file that cannot be read, so that nothing is applied and nothing pruned.
 */
export async function readManifests(
  git: CommitFiles,
  commit: string,
  path: string,
  parse: ParseFiles,
  signal: AbortSignal,
): Promise<CommitManifests> {
  const entries = await git.listFiles(commit, path, signal);
  if (path !== "" && entries.length === 0) {
    throw new ManifestError([{ file: path, message: `no such directory at commit ${commit.slice(0, 7)}` }]);
  }
  const { files, bytes, problems, skipped } = await readCandidates(git, selectManifestFiles(entries), signal);
  const parsed = await parse(files, signal);
  const allProblems = [...problems, ...parsed.problems];
  if (allProblems.length > 0) throw new ManifestError(allProblems);
  const notKubernetes = (parsed.ignored.not_kubernetes ?? 0) + skipped;
  return { manifests: parsed.manifests, ignored: { ...parsed.ignored, not_kubernetes: notKubernetes }, bytes };
}

/** YAML and JSON files, without those that only Helm can read. */
function selectManifestFiles(entries: readonly TreeEntry[]): TreeEntry[] {
  const charts = entries.flatMap(
    ({ path }) => /^(.*\/)?Chart\.yaml$/.exec(path)?.[1] ?? (path === "Chart.yaml" ? [""] : []),
  );
  const templates = charts.map((chart) => `${chart}templates/`);
  return entries.filter(
    ({ path }) => /\.(ya?ml|json)$/.test(path) && !templates.some((directory) => path.startsWith(directory)),
  );
}

interface Candidates {
  readonly files: readonly ManifestFile[];
  readonly bytes: number;
  readonly problems: readonly Problem[];
  readonly skipped: number;
}

async function readCandidates(
  git: CommitFiles,
  entries: readonly TreeEntry[],
  signal: AbortSignal,
): Promise<Candidates> {
  const files: ManifestFile[] = [];
  const problems: Problem[] = [];
  let bytes = 0;
  let skipped = 0;
  for (const batch of batches(entries.filter(({ size }) => size <= MAX_FILE_BYTES))) {
    const contents = await git.readFiles(batch, signal);
    for (const [index, { path, size }] of batch.entries()) {
      const text = contents[index]?.toString("utf8") ?? "";
      // Most YAML in a repository is no manifest. Looking for the words is quick, and spares the parser the rest.
      if (!text.includes("apiVersion") || !text.includes("kind")) skipped++;
      else if (size > MAX_MANIFEST_BYTES) problems.push({ file: path, message: "larger than 4 MiB" });
      else {
        bytes += size;
        files.push({ path, text });
      }
    }
    if (bytes > MAX_TOTAL_BYTES) {
      throw new ManifestError([{ file: ".", message: "more than 64 MiB of manifests: point --path at fewer" }]);
    }
  }
  return { files, bytes, problems, skipped };
}

/** Splits the files so that no more than `MAX_FILE_BYTES` are read at once. */
function batches(entries: readonly TreeEntry[]): TreeEntry[][] {
  const result: TreeEntry[][] = [];
  let batch: TreeEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (batch.length > 0 && bytes + entry.size > MAX_FILE_BYTES) {
      result.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += entry.size;
  }
  if (batch.length > 0) result.push(batch);
  return result;
}
