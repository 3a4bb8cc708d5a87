import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { describe, test } from 'node:test'
import { COMMANDS } from '../../cli/commands.ts'
import manifest from '../../package.json' with { type: 'json' }
import { rollcall } from './rollcall.ts'

const here = { data: `${tmpdir()}/rollcall-nowhere-${process.pid}`, cwd: tmpdir() }

test('rollcall alone tells every command, and what exit statuses mean', async () => {
  const { status, stdout } = await rollcall(['--help'], here)
  assert.equal(status, 0)
  for (const [name, { summary }] of Object.entries(COMMANDS)) assert.match(stdout, new RegExp(`^  ${name} +${summary.slice(0, 12)}`, 'm'))
  assert.match(stdout, /Exit status: 0 .*1 .*2 .*3 /)
  assert.deepEqual(await rollcall([], here), await rollcall(['help'], here))
  assert.equal((await rollcall(['--version'], here)).stdout, `${manifest.version}\n`)
})

describe('the help of every command', { concurrency: 2 }, () => {
  for (const name of Object.keys(COMMANDS)) {
    test(`${name} has an example of it`, async () => {
      const { status, stdout, stderr } = await rollcall([name, '--help'], here)
      assert.equal(status, 0, stderr)
      assert.match(stdout, new RegExp(`\\nExamples:\\n(?:  .*\\n)*.*\\brollcall ${name}\\b`))
      assert.match(stdout, /--config <file>/)
      assert.match(stdout, /--data <dir>/)
    })
  }
})

describe('wrong use ends with 2, says so on stderr alone, and names what was meant', { concurrency: 2 }, () => {
  for (const [line, said] of [
    ['colect', /no command "colect"; did you mean collect\?/],
    ['--nothing', /no command "--nothing"/],
    ['collect --psot', /unknown option '--psot'[^]*--post/],
    ['collect --plugin dsk', /no plugin dsk; did you mean disk\?/],
    ['collect extra', /too many arguments/],
    ['cert pim web-01', /"rollcall cert pim" is nothing: there are show, pin NAME and reset/],
    ['cert pin', /no name to pin/],
    ['token make', /"rollcall token make" is nothing|there is no register/],
    ['db backp', /"rollcall db backp" is nothing: there are migrate and backup FILE/],
    ['changes --since yesterday', /"yesterday" is no time/],
    ['parse', /missing required argument 'capture'/],
    ['record', /required option '--out <dir>'/],
    ['assets', /there is no register to read: start one with "rollcall up"/],
    ['collect --config missing.json', /missing\.json/],
  ] as const) {
    test(`rollcall ${line}`, async () => {
      const { status, stdout, stderr } = await rollcall(line.split(' '), here)
      assert.equal(status, 2, stderr)
      assert.match(stderr, said)
      assert.equal(stdout, '')
      assert.doesNotMatch(stderr, /\n +at /, 'a stack trace is for what nobody foresaw')
    })
  }
})
