/** One repository to keep a cluster in step with. */
export interface Repository {
  /** Unique in this controller; letters, digits, `-` and `.` only, because it names directories and metric labels. */
  readonly name: string;
  /** Kubernetes namespace that the repository is registered in; part of every event. */
  readonly namespace: string;
  /** What git is given: a URL, an scp-like address or an absolute path. May hold credentials. */
  readonly url: string;
  /** The remote's default branch when absent. */
  readonly branch?: string | undefined;
  /** Directory of the manifests inside the repository; `""` for all of it. */
  readonly path: string;
}
