import type { Job } from './job.ts'

/** What the default plugins ask, filled in by the build so that a script can run before any plugin is loaded; null when run from source. */
export const BUILT_JOB: Job | null = null
