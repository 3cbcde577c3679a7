/** What keys of rows are compared by: no name contains a NUL, the stores refuse it. */
export function keyOf(...parts: readonly string[]): string {
  return parts.join("\u0000");
}

/** A key as a column holds it: databases store no NUL, and names have no control characters. */
export function storedKey(key: string): string {
  return key.replaceAll("\u0000", "\u001f");
}

/** Names a repository. */
export interface RepositoryKey {
  readonly cluster: string;
  readonly namespace: string;
  readonly repo: string;
}

/** The repository's key as one text. */
export function repositoryKey({ cluster, namespace, repo }: RepositoryKey): string {
  return keyOf(cluster, namespace, repo);
}
