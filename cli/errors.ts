/** Wrong use of a command: told with a word on what is right, exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
