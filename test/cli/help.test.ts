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

test('help COMMAND and COMMAND help are that command with --help', async () => {
  const asked = await Promise.all(
    [
      ['ssh', '--help'],
      ['help', 'ssh'],
      ['ssh', 'help'],
    ].map((args) => rollcall(args, here)),
  )
  assert.match(asked[0]!.stdout, /Usage: rollcall ssh /)
  assert.deepEqual(asked.slice(1), [asked[0], asked[0]])
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
    ['changes --limit abc', /--limit abc: a whole number/],
    ['assets --limit 0', /--limit 0: a whole number/],
    ['assets --kind banana', /--kind banana: there are physical, vm, container and unknown/],
    ['ssh a --port 0x16', /--port 0x16: a whole number from 1 to 65535/],
    ['ssh a --port 1e3', /--port 1e3/],
    ['ssh a --user ', /--user '': a word is missing/],
    ['ssh --hosts ', /--hosts '': a word is missing/],
    ['ssh --assets kind=banana', /--assets kind banana: there are physical/],
    ['help colect', /no command "colect"; did you mean collect\?/],
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
