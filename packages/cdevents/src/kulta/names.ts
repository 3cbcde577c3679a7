/** What KULTA calls itself as the source of its subjects. */
export const KULTA_SOURCE = "https://kulta.io/controller";
