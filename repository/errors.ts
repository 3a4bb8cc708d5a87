/** The database cannot be opened or is of another version. The message says what to do. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
}
