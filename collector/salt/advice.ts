import type { Cause } from '../ssh/causes.ts'

/** What to do about a cause, where Salt stands between the collector and the host. */
export const SALT_ADVICE: Partial<Readonly<Record<Cause, string>>> = {
  timeout: 'is the minion up, and its key accepted ("salt-run manage.down", "salt-key -L")? A slow one needs more salt.timeoutSeconds',
  auth: 'allow the user test.ping and cmd.run_all on that minion: external_auth or publisher_acl of the master, blackout of the minion',
  reset: 'the master or salt-api did not answer to the end: see their logs; fewer minions at once (salt.batch) may help',
  truncated: 'the answer did not come whole, or was none: run `salt MINION cmd.run_all "sh -s"` and look',
  toobig: 'the master cuts answers longer than its max_event_size: raise it, on master and minion',
  shell: 'the minion could not run `sh -s`',
  parse: 'the answer is none of cmd.run_all: is it a proxy minion, or another returner in between?',
}
