/** What no single event reports, by kind: `MetricsFeed` derives it from their sequence. */
interface DerivedFields {
  /** A commit that was not deployed before was synced, or failed to for the first time. */
  deployment: RepositoryFields & {
    readonly outcome: "success" | "failure";
    /**
     * From the time the commit was made (`committedAt`) where it is known, else from the first event that named the
     * commit or the webhook that announced it; absent for failures.
     */
    readonly leadTimeSeconds?: number;
  };
  /** A sync succeeded after others had failed. */
  recovery: RepositoryFields & {
    /** Since the end of the first of the failed syncs. */
    readonly recoverySeconds: number;
  };
  /** This replica became the leader of a cluster, or ceased to be. */
  leader_transition: ClusterFields;
  /** A relayed event came too late to be counted. */
  late_event: ClusterFields;
}

/** An alias, not an interface: only so it can be read field by field. */
type ClusterFields = { readonly clusterId: string };

type RepositoryFields = ClusterFields & {
  readonly repoName: string;
  readonly namespace: string;
  readonly branch?: string;
};

/** The names of what is derived. */
export type DerivedKind = keyof DerivedFields;

/** What was derived, of kind `K`. */
export type DerivedOf<K extends DerivedKind> = K extends DerivedKind
  ? { readonly derived: K } & DerivedFields[K]
  : never;

/** Anything derived: a union discriminated by `derived`. */
export type Derived = DerivedOf<DerivedKind>;
