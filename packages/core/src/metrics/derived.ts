/** What no single event says, by kind: `RepositoryState` and `LeadershipState` find it in the sequence of them. */
interface DerivedFields {
  /** A commit that was not deployed before was synced, or failed to for the first time. */
  deployment: RepositoryFields & {
    readonly outcome: "success" | "failure";
    /** From the first event that named the commit, or the webhook that announced it; absent for failures. */
    readonly leadTimeSeconds?: number;
  };
  /** A sync succeeded after others had failed. */
  recovery: RepositoryFields & {
    /** Since the end of the first of the failed syncs. */
    readonly recoverySeconds: number;
  };
  /** This replica became the leader, or ceased to be. */
  leader_transition: unknown;
}

/** An alias, not an interface: only so it can be read field by field. */
type RepositoryFields = {
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
