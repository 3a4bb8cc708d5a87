import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { CAPTURE_BYTES } from '../../cmdb-api/read-capture.ts'
import { need } from '../../plugins/answer.ts'
import { definePlugin } from '../../plugins/define.ts'
import { list, name, section, text } from '../../plugins/fields.ts'
import { lines } from '../../plugins/formats/text.ts'
import { onEveryDatabase } from '../databases.ts'
import { apiOn, type Answer } from './api.ts'
import { rowCounts } from './reports.ts'

const NONCE = '0123456789abcdef0123456789abcdef'
const TYPE = { 'content-type': 'application/vnd.rollcall.capture' }

const rack = definePlugin({
  name: 'rack',
  version: 1,
  summary: 'For tests.',
  probes: { 'rack-label': { sh: 'cat /etc/rack-label' }, 'rack-units': { sh: 'cat /etc/rack-units' } },
  schema: section({ label: text('Label.', 'test'), units: list('Units.', { unit: name('Key.', 'test') }) }),
  keys: { units: ['unit'] },
  volatile: [],
  parse: (answers) => ({
    label: lines(need(answers['rack-label']))[0] ?? null,
    units: answers['rack-units'].status === 'absent' ? [] : lines(need(answers['rack-units'])).map((unit) => ({ unit })),
  }),
})
const shelf = definePlugin({ ...rack, name: 'shelf' })

const frame = (probe: string, output: string): string => `\n@@${NONCE} B ${probe}\n${output}\n@@${NONCE} E ${probe} 0 10\n`
const OPEN = `\n@@rollcall 1 ${NONCE} 0\n`
const END = `\n@@${NONCE} END\n`
const RACK = frame('rack-label', 'R12\n') + frame('rack-units', 'u1\nu2\n')
const WHO = frame('uname-fields', 'Linux web-07 6.1.0 x86_64\n')

interface Body {
  readonly head?: Readonly<Record<string, string | null>>
  readonly stdout?: string
  readonly title?: string
}

/** A body as the script makes it; null leaves a line of the head out. */
function bodyOf({ head = {}, stdout = OPEN + WHO + RACK + END, title = 'rollcall-capture 1' }: Body = {}): string {
  const fields = {
    version: '0.1.0',
    time: '1790000000000',
    name: 'web-07',
    cert: 'cert-of-web-07',
    asset: '',
    last: '',
    plugins: 'rack',
    nonce: NONCE,
    stdout: String(Buffer.byteLength(stdout)),
    stderr: '0',
    ...head,
  }
  const told = Object.entries(fields).flatMap(([key, value]) => (value === null ? [] : [`${key}: ${value}`]))
  return `${[title, ...told].join('\n')}\n\n${stdout}`
}

const GZIP = { ...TYPE, 'content-encoding': 'gzip' }
const ZSTD = { ...TYPE, 'content-encoding': 'zstd' }

/** What is refused, and leaves nothing behind. */
const REFUSED: readonly (readonly [
  what: string,
  status: number,
  body: () => string | Buffer<ArrayBuffer>,
  headers?: Record<string, string>,
])[] = [
  ['an empty body', 400, () => ''],
  ['another first line', 400, () => bodyOf({ title: 'rollcall-capture 2' })],
  ['a first line that only begins so', 400, () => bodyOf({ title: 'rollcall-capture 11' })],
  ['a head without an end', 400, () => bodyOf().replaceAll('\n\n', '\n')],
  ['a head that goes on and on', 400, () => bodyOf({ head: { name: 'x'.repeat(100_000) } })],
  ['an unknown line in the head', 400, () => bodyOf({ head: { colour: 'red' } })],
  ['a line that is no field', 400, () => bodyOf({ head: { name: 'web-07\nhello' } })],
  ['a line twice', 400, () => bodyOf({ head: { name: 'web-07\ncert: other' } })],
  ['a missing line', 400, () => bodyOf({ head: { cert: null } })],
  ['a name of nothing', 400, () => bodyOf({ head: { name: '' } })],
  ['a time that is none', 400, () => bodyOf({ head: { time: 'now' } })],
  ['a nonce that can be guessed', 400, () => bodyOf({ head: { nonce: 'abcd' } })],
  ['plugins of no name', 400, () => bodyOf({ head: { plugins: 'rack,,../etc' } })],
  ['100 plugins', 400, () => bodyOf({ head: { plugins: Array.from({ length: 100 }, (_, at) => `p${at}`).join(',') } })],
  ['fewer bytes than the head says', 400, () => bodyOf().slice(0, -20)],
  ['more bytes than the head says', 400, () => `${bodyOf()}more`],
  ['a length that is none', 400, () => bodyOf({ head: { stdout: '-1' } })],
  ['the answers of another run', 400, () => bodyOf({ stdout: bodyOf().replaceAll(NONCE, 'f'.repeat(32)) })],
  ['text without frames', 400, () => bodyOf({ stdout: 'root:x:0:0\n' })],
  [
    'frames without end',
    400,
    () => bodyOf({ stdout: OPEN + Array.from({ length: 2000 }, (_, at) => `\n@@${NONCE} F f${at} /f${at}\n`).join('') + END }),
  ],
  ['another content type', 415, () => bodyOf(), { 'content-type': 'text/plain' }],
  ['JSON', 415, () => '{}', { 'content-type': 'application/json' }],
  ['another encoding', 415, () => bodyOf(), { ...TYPE, 'content-encoding': 'br' }],
  ['broken gzip', 400, () => Buffer.from(gzipSync(bodyOf())).subarray(0, 60), GZIP],
  ['a gzip bomb', 413, () => Buffer.from(gzipSync(Buffer.alloc(CAPTURE_BYTES * 16, ' '))), GZIP],
  ['a zstd bomb', 413, () => Buffer.from(zstdCompressSync(Buffer.alloc(CAPTURE_BYTES * 16, ' '))), ZSTD],
  ['100 MB', 413, () => Buffer.alloc(100 * 1024 * 1024, ' ')],
]

const receiptOf = ({ status, body }: Answer) => {
  assert.equal(status, 200, JSON.stringify(body))
  return (body['receipts'] as Record<string, unknown>[])[0]!
}

onEveryDatabase('captures', (database) => {
  const api = apiOn(database, [rack, shelf])
  const send = async (body: string | Buffer<ArrayBuffer>, headers: Record<string, string> = TYPE): Promise<Answer> =>
    await api().ask('capture', '/api/v1/captures', { method: 'POST', body, headers })
  const assetOf = async (asset: string) =>
    (await api().ask('reader', `/api/v1/assets/${asset}`)).body as Record<string, unknown> & {
      sections: Record<string, { status: string; reason: string | null; data: object }>
    }

  test('a capture becomes a report, as if an agent with the same cert had made it', async () => {
    const receipt = receiptOf(await send(Buffer.from(gzipSync(bodyOf())), GZIP))
    assert.deepEqual([receipt['outcome'], receipt['errors']], ['created', []])
    const asset = await assetOf('web-07')
    assert.equal(asset['hostname'], 'web-07')
    assert.deepEqual(asset.sections['rack']!.data, { label: 'R12', units: [{ unit: 'u1' }, { unit: 'u2' }] })
    const { body } = await api().ask('reader', '/api/v1/assets/web-07/changes')
    assert.deepEqual(
      [...new Set((body['results'] as Record<string, string>[]).map(({ source, actor }) => `${source} ${actor}`))],
      ['agent web-07'],
    )
  })

  test('sent again, because its receipt was lost, it is the same report', async () => {
    assert.equal(receiptOf(await send(bodyOf()))['outcome'], 'duplicate')
  })

  test('what was cut off, what was not asked, and what this API does not know removes nothing', async () => {
    const before = await rowCounts(api().register)
    const cases = [
      ['1790000010000', OPEN + WHO + frame('rack-label', 'R12\n'), 'rack', 'truncated'],
      ['1790000020000', `${OPEN}${WHO}${frame('rack-label', 'R12\n')}\n@@${NONCE} B rack-units\nu1\n`, 'rack', 'truncated'],
      ['1790000030000', OPEN + WHO + frame('rack-label', 'R12\n') + END, 'rack', 'truncated'],
      ['1790000040000', OPEN + WHO + END, 'rack', 'truncated'],
      ['1790000050000', OPEN + WHO + END, 'unheard-of', 'skipped'],
    ] as const
    for (const [time, stdout, plugins, status] of cases) {
      assert.equal(receiptOf(await send(bodyOf({ head: { time, plugins }, stdout })))['outcome'], 'unchanged')
      const { sections } = await assetOf('web-07')
      assert.equal(sections[plugins]?.status, status)
      assert.deepEqual(sections['rack']!.data, { label: 'R12', units: [{ unit: 'u1' }, { unit: 'u2' }] })
    }
    assert.equal((await rowCounts(api().register))['change'], before['change'])
  })

  test('a program that prints the marks of another run is not believed', async () => {
    const forged = frame('rack-units', 'stolen\n').replaceAll(NONCE, 'f'.repeat(32))
    const stdout = OPEN + WHO + frame('rack-label', `R12\n${forged}`) + frame('rack-units', `u1\nu2\n`) + END
    assert.equal(receiptOf(await send(bodyOf({ head: { time: '1790000060000' }, stdout })))['outcome'], 'unchanged')
  })

  test('the count goes on from the one in the cert, whatever the clock says', async () => {
    const stdout = OPEN + WHO + RACK.replace('R12', 'R13') + END
    assert.equal(receiptOf(await send(bodyOf({ head: { time: '1700000000000' }, stdout })))['outcome'], 'stale')
    const last = '1790000060999'
    assert.equal(receiptOf(await send(bodyOf({ head: { time: '1700000000000', last }, stdout })))['outcome'], 'updated')
  })

  test('a name that no host can have is a rejected receipt', async () => {
    const receipt = receiptOf(await send(bodyOf({ head: { name: 'x'.repeat(300), cert: 'other' } })))
    assert.deepEqual([receipt['outcome'], (receipt['errors'] as { pointer: string }[])[0]?.pointer], ['rejected', '/identity/name'])
  })

  for (const [what, status, body, headers = TYPE] of REFUSED) {
    test(`${what} is refused with ${status}, and nothing of it is stored`, async () => {
      const before = await rowCounts(api().register)
      const answer = await send(body(), headers)
      assert.deepEqual([answer.status, answer.headers.get('content-type')?.split(';')[0]], [status, 'application/problem+json'])
      assert.deepEqual(await rowCounts(api().register), before)
    })
  }
})
