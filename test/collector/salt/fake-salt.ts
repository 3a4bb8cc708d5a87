import { appendFileSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { isForbidden, matching, said, type Asked, type Estate } from './estate.ts'

/**
 * Stands in for Salt's `salt` program: the options that rollcall uses, read from standard input as `--args-stdin` documents it, arguments
 * taken apart as salt/utils/args.py does, one line of JSON for each minion as `--out=json --out-indent=-1` prints it.
 */
const estate = JSON.parse(readFileSync(process.env['FAKE_SALT_ESTATE']!, 'utf8')) as Estate
if (process.argv.slice(2).join(' ') !== '--args-stdin') fail(2, `Usage: salt [options] '<target>' <function>, not ${process.argv[2]}`)
const words = readFileSync(0, 'utf8').replace(/\n$/, '').split('\n')
const end = words.indexOf('--')
const options = words.slice(0, end)
const [target = '', fun = '', ...args] = words.slice(end + 1)
for (const option of options)
  if (!['--out=json', '--out-indent=-1', '--no-color', '--list'].includes(option)) fail(2, `salt: error: no such option: ${option}`)
const targets = options.includes('--list') ? target.split(',').filter((id) => id in estate.minions) : matching(estate, target)
const asked: Asked = { targets, fun, ...inputs(args) }
if (estate.log !== undefined) appendFileSync(estate.log, `${JSON.stringify({ ...asked, kwarg: Object.keys(asked.kwarg) })}\n`)
if (targets.length === 0) fail(2, 'No minions matched the target. No command was sent, no jid was assigned.\nERROR: No return received')
if (isForbidden(estate, targets)) {
  print('Authorization error occurred.')
  process.exit(1)
}
let isWhole = true
for (const id of targets) {
  const own = said(estate, id, asked)
  isWhole &&= own !== undefined
  print({ [id]: own ?? 'Minion did not return. [No response]\nThe minions may not have all finished running.' })
}
if (!isWhole) {
  process.stderr.write('ERROR: Minions returned with non-zero exit code\n')
  // Not exit(): what is still in the pipe would be lost.
  process.exitCode = 1
}

/** An argument with a line end in it is never taken apart. */
function inputs(given: readonly string[]): { arg: unknown[]; kwarg: Record<string, unknown> } {
  const arg: unknown[] = []
  const kwarg: Record<string, unknown> = {}
  for (const one of given) {
    const [, name, value] = /^([A-Za-z_][\w.-]*)=(?!=)(.*)$/.exec(one) ?? []
    if (name === undefined || value === undefined) arg.push(one)
    else kwarg[name] = yamlify(value)
  }
  return { arg, kwarg }
}

/** A text that holds a `#` stays as it is. */
function yamlify(text: string): unknown {
  const value: unknown = parse(text, { version: '1.1' })
  return text.includes('#') && typeof value === 'string' ? text : value
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

function fail(status: number, message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(status)
}
