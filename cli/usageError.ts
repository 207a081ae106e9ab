/** A mistake in the arguments or in a file they name: one line on stderr, exit code 2. */
export class UsageError extends Error {}
