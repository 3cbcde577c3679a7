/** What keys of rows are compared by: no name contains a NUL, the stores refuse it. */
export function keyOf(...parts: readonly string[]): string {
  return parts.join("\u0000");
}

/** Names a repository. */
export interface RepositoryKey {
  readonly cluster: string;
  readonly namespace: string;
  readonly repo: string;
}

/** The same for a column: names have no control characters, and databases store no NUL. */
export function storedKey(key: string): string {
  return key.replaceAll("\u0000", "\u001f");
}

/** The repository's key as one text. */
export function repositoryKey({ cluster, namespace, repo }: RepositoryKey): string {
  return keyOf(cluster, namespace, repo);
}

/** Orders by a number, then by text in code units, as both engines do. */
export function before(a: number, aId: string, b: number, bId: string): boolean {
  return a === b ? aId < bId : a < b;
}
