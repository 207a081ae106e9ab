/** A mistake in the arguments or in a file they name: one line on stderr, exit code 2. */
export class UsageError extends Error {}

/** The command had all that it needs and failed: one line on stderr, exit code 1. */
export class CommandFailure extends Error {}
