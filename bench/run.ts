import { globSync } from 'node:fs'
import { basename } from 'node:path'

/** `npm run bench -- NAME [ARGUMENT...]`: figures to read, no pass or fail. A benchmark is a file here whose default export runs it. */
const [name = '', ...args] = process.argv.slice(2)
const names = globSync('bench/*.ts')
  .map((file) => basename(file, '.ts'))
  .filter((one) => !['run', 'measure', 'stage'].includes(one))
if (!names.includes(name)) {
  process.stderr.write(`npm run bench -- NAME, one of: ${names.toSorted().join(', ')}\n`)
  process.exit(2)
}
const { default: bench } = (await import(`./${name}.ts`)) as { readonly default: (args: readonly string[]) => Promise<void> | void }
await bench(args)
