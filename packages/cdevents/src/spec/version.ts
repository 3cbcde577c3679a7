/** The versions of the CDEvents specification that this package speaks. */
export type SpecVersion = "0.4.1" | "0.5.1";
