/** A host's script could not be started or brought nothing that can be read. */
export class RunnerError extends Error {
  override readonly name = 'RunnerError'
}

/** The cert file does not say what it should. Nothing is collected under a name that may be wrong. */
export class CertError extends Error {
  override readonly name = 'CertError'
  readonly file: string
  /** What is wrong with it. */
  readonly found: string

  constructor(file: string, found: string, { cause }: { readonly cause?: unknown } = {}) {
    super(`${file} ${found}. Mend it, or start anew with: rollcall cert reset`, { cause })
    this.file = file
    this.found = found
  }
}

/** A file of rollcall's own could not be read or written: the disk is full, read-only, or belongs to somebody else. */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly folder: string
  /** System error code, such as ENOSPC. */
  readonly code: string

  constructor(folder: string, code: string, cause: unknown) {
    super(`cannot use ${folder}: ${STORAGE_ADVICE[code] ?? code}`, { cause })
    this.folder = folder
    this.code = code
  }
}

/** null where the disk did not play along, which is then among the troubles. */
export async function noting<T>(troubles: StorageError[], work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    troubles.push(error)
    return null
  }
}

/** A schedule in the settings, or in what the API decided, makes no sense. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError'
}

/** Another agent works with this data folder already. */
export class AgentRunsError extends Error {
  override readonly name = 'AgentRunsError'
}

/** A middleware's options make no sense, or a middleware broke; told before anything leaves the host. */
export class MiddlewareError extends Error {
  override readonly name = 'MiddlewareError'
}

/** The API did not answer, or said that it cannot answer now. Trying again later is right; reports stay in the spool. */
export class ApiUnreachable extends Error {
  override readonly name = 'ApiUnreachable'
  /** How long the API asked to be left alone; null where it did not say. */
  readonly retryAfterMs: number | null

  constructor(message: string, { cause, retryAfterMs = null }: { readonly cause?: unknown; readonly retryAfterMs?: number | null } = {}) {
    super(message, { cause })
    this.retryAfterMs = retryAfterMs
  }
}

/** The API's certificate is not trusted. Trying again does not help. */
export class ApiUntrusted extends Error {
  override readonly name = 'ApiUntrusted'
}

/** The API does not accept the token. Trying again does not help. */
export class ApiUnauthorised extends Error {
  override readonly name = 'ApiUnauthorised'
}

/** The API refused the whole request, or what answered is no rollcall API. */
export class ApiRefused extends Error {
  override readonly name = 'ApiRefused'
  /** HTTP status. */
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

export type ApiError = ApiUnreachable | ApiUntrusted | ApiUnauthorised | ApiRefused

export function isApiError(error: unknown): error is ApiError {
  return error instanceof ApiUnreachable || error instanceof ApiUntrusted || error instanceof ApiUnauthorised || error instanceof ApiRefused
}

const STORAGE_ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the disk; make room, or set ROLLCALL_DATA to a folder on another one',
  EDQUOT: 'the disk quota is used up; make room, or set ROLLCALL_DATA to another folder',
  EROFS: 'the file system is read-only; set ROLLCALL_DATA to a folder that can be written',
  EACCES: 'no permission; run as the owner of the folder, or set ROLLCALL_DATA to one of your own',
  EPERM: 'no permission; run as the owner of the folder, or set ROLLCALL_DATA to one of your own',
  EEXIST: 'it is a file; set ROLLCALL_DATA to a folder',
  ENOENT: 'it cannot be made there; set ROLLCALL_DATA to another folder',
  ENOTDIR: 'a part of that path is a file; set ROLLCALL_DATA to a folder',
}
