declare module "*/mutants/list.mjs" {
  /** A breakage planted on purpose. */
  interface Mutant {
    readonly name: string;
    readonly file: string;
    /** Occurs exactly once in the file. */
    readonly find: string;
    readonly replace: string;
    /** Files of tests, each of which must go red. */
    readonly tests: readonly string[];
    /** Pattern of the tests' full names: runs only those. */
    readonly only?: string;
  }

  export const mutants: readonly Mutant[];
}
