/** Figures of one run of a client. */
export interface Figures {
  readonly hosts_per_s: number
  readonly client_cpu_ms_per_host: number
  /** Null where it was not measured. */
  readonly server_cpu_ms_per_host: number | null
  readonly peak_anon_mb: number
  /** Good hosts; not there for a command without a mark. */
  readonly ok?: number
}

/** Where clients are measured: hosts that answer, and a count of what a client costs. */
export interface Ground {
  /** What is measured against what, for people. */
  readonly title: string
  start(): Promise<void>
  stop(): void
  /** One run of a command of ours, told by `$LAB_HOSTS`, `$LAB_PORT`, `$LAB_USER` and `$LAB_KEY` what to do. `mark`: what it prints for each good host. */
  measure(command: readonly string[], n: number, env: NodeJS.ProcessEnv, mark?: string): Figures
  /** One run of another client; null where it is not installed. */
  peer(tool: string, n: number, c: number): Figures | null
}
