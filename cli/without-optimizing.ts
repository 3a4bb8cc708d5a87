/**
 * No optimizing compilers, for a command that lives a tenth of a second, and for an agent that hardly ever does anything: their threads hold 4 to
 * 10 MB, and their code comes too late to be of use. Regular expressions and the baseline compiler stay.
 */
export function withoutOptimizing(): void {
  const { setFlagsFromString } = process.getBuiltinModule('node:v8')
  setFlagsFromString('--no-opt')
  setFlagsFromString('--no-maglev')
}
