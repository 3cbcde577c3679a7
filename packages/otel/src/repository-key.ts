/** Tells repositories apart: their names are unique in their namespaces. */
export function repositoryKey({
  namespace,
  repoName,
}: {
  readonly namespace: string;
  readonly repoName: string;
}): string {
  return `${namespace}/${repoName}`;
}
