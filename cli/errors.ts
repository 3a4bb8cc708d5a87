/** Wrong use of a command: told with a word on what is right, exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The agent, or the system that starts and stops it, does not do what it was asked to: told with what to do, exit status 1. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
}
