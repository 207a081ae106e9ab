/** Where the command line finds what it was installed with; `bin/layerscope.mjs` knows. */
export interface Installation {
  readonly kernelsDirectory: string;
  readonly mnistDirectory: string;
  /** Peers of the benchmark; only in a source checkout. */
  readonly judgesDirectory: string;
  /** The file that Node starts for this command; `sweep` starts it again for its processes. */
  readonly commandFile: string;
}
