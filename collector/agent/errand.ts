import type { Selection } from './plan.ts'

/** What the agent has a child process do: nothing that a plugin, a full heap or a hanging disk does there holds up the agent itself. */
export interface Errand {
  /** null: only what waits in the spool is posted. */
  readonly collect: Selection | null
  /** Whether the API may be asked; false while it wants to be left alone. */
  readonly post: boolean
}

/** A receipt as far as people want to see it. */
export interface Receipted {
  readonly reportId: string
  readonly name: string
  readonly outcome: string
  readonly changes: number
  /** What was wrong, or looked wrong. */
  readonly remarks: readonly string[]
}

/** What came of it. */
export interface ErrandResult {
  /** The report that was made; null where none was asked for, or none could be made. */
  readonly reportId: string | null
  /** Sections with their status. */
  readonly sections: Readonly<Record<string, string>>
  readonly receipts: readonly Receipted[]
  /** Reports in the spool; null where it ended too soon to say. */
  readonly waiting: number | null
  /** Reports that gave way because the spool was full. */
  readonly dropped: number
  /** Files in the spool that were no reports, and were set aside. */
  readonly unreadable: number
  /** Why reports wait; null where the API answered, or was not asked. */
  readonly unanswered: { readonly reason: string; readonly retryAfterMs: number | null } | null
  /** What could not be kept on disk. */
  readonly troubles: readonly string[]
  /** Why nothing could be collected; null where it could. */
  readonly failed: string | null
}

/** Never rejects: an errand that broke down has a result that says so. Ends soon after the signal, and nothing of it goes on. */
export type RunErrand = (errand: Errand, signal: AbortSignal) => Promise<ErrandResult>

/** Of an errand that broke down. */
export function failedErrand(reason: string): ErrandResult {
  return {
    reportId: null,
    sections: {},
    receipts: [],
    waiting: null,
    dropped: 0,
    unreadable: 0,
    unanswered: null,
    troubles: [],
    failed: reason,
  }
}
