import { setFlagsFromString } from 'node:v8'

/**
 * For a command that lives a tenth of a second: no optimizing compilers, whose threads hold 10 MB and whose code comes too late to be of use.
 * Regular expressions and the baseline compiler stay.
 */
export function liveShortly(): void {
  setFlagsFromString('--no-opt')
  setFlagsFromString('--no-maglev')
}
