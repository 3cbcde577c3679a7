/** No name contains it: the stores refuse it. */
const SEPARATOR = "\u0000";

/** Several names as one text, to compare rows by. */
export function keyOf(...parts: readonly string[]): string {
  return parts.join(SEPARATOR);
}

/** The names that a key is made of. */
export function partsOf(key: string): string[] {
  return key.split(SEPARATOR);
}

/** The last name that a key is made of. */
export function lastPartOf(key: string): string {
  return key.slice(key.lastIndexOf(SEPARATOR) + 1);
}

/** A key as a column holds it: databases store no NUL, and names have no control characters. */
export function storedKey(key: string): string {
  return key.replaceAll(SEPARATOR, "\u001f");
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
