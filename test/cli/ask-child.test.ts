import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { askChild, type Asking } from '../../cli/ask-child.ts'
import { scratch } from '../collector/scratch.ts'
import { isThere, until } from './agents.ts'

/** Asks a process that does what the text says, with its letter as `letter`. */
async function ask(text: string, asking: Asking = {}) {
  const whole = `process.stdin.once('data', (bytes) => { const letter = JSON.parse(bytes); ${text} })`
  return await askChild([process.execPath, '--eval', whole], { pid: process.pid }, asking)
}

const ANSWER = "const answer = (one) => process.stdout.write('answer ' + JSON.stringify(one) + '\\n');"

suite('a child process', () => {
  test('its answer is taken at once, whatever else it prints and keeps it from ending', async () => {
    const { answer } = await ask(`${ANSWER} console.log('{}'); answer([letter.pid, process.pid]); process.on('SIGTERM', () => 0)`)
    const [ours, its] = answer as [number, number]
    assert.equal(ours, process.pid)
    assert.ok(isThere(its))
    await until(() => !isThere(its) || null, 'it is killed')
  })

  test('one that says nothing for too long is ended, with what it has started', async (t) => {
    const file = join(scratch(t), 'pids')
    const hanging = `
      const sleeper = require('node:child_process').spawn('sleep', ['600'], { stdio: 'inherit' })
      process.on('SIGTERM', () => 0)
      require('node:fs').writeFileSync(${JSON.stringify(file)}, [process.pid, sleeper.pid].join(' '))`
    const { answer, how } = await ask(hanging, { quietMs: 1_200 })
    const pids = readFileSync(file, 'utf8').split(' ').map(Number)
    assert.equal(answer, null)
    assert.equal(how, 'said nothing for 0.02 minutes, and was ended')
    for (const pid of pids) await until(() => !isThere(pid) || null, `${pid} ends`)
  })

  test('one that says something now and then has all the time it needs', async () => {
    const slow = `${ANSWER} setInterval(() => process.stdout.write('\\n'), 200); setTimeout(() => answer(1), 4000)`
    assert.deepEqual(await ask(slow, { quietMs: 2_000 }), { answer: 1, how: 'answered' })
  })

  test('one that ends without an answer, or cannot be started, is told', async () => {
    assert.deepEqual(await ask("console.log('half'); process.exit(7)"), { answer: null, how: 'ended with 7' })
    assert.match((await askChild(['/nowhere'], {})).how, /^could not be started: .*ENOENT/)
  })

  test('it ends with the signal', async () => {
    const { how } = await ask('setInterval(() => 0, 1000)', { signal: AbortSignal.timeout(300) })
    assert.equal(how, 'ended with SIGTERM')
  })
})
