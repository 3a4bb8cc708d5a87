/** A request that the API refuses, as problem+json (RFC 9457) tells it. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly errors: readonly { readonly pointer: string; readonly message: string }[]

  constructor(
    status: number,
    message: string,
    options: { readonly cause?: unknown; readonly errors?: readonly { readonly pointer: string; readonly message: string }[] } = {},
  ) {
    super(message, { cause: options.cause })
    this.status = status
    this.errors = options.errors ?? []
  }
}

/** The API's address cannot be had. The message says what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}
