/** The database cannot be opened or is of another version. The message says what to do. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
}

/** Another program keeps the database locked. Nothing was done; the same again may do. */
export class DatabaseBusy extends Error {
  override readonly name = 'DatabaseBusy'
}
