import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { afterEach, test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { BATCH_BYTES, type Report } from '../../cmdb-api/contract.ts'
import { onEveryDatabase } from '../databases.ts'
import { apiOn, type Answer } from './api.ts'
import { okSection, reportOf, rowCounts, sectionOn } from './reports.ts'

const DATA = { model: 'M1', owners: ['ann'], parts: [{ wwn: 'w1', slot: '0', label: 'a', sizeBytes: 1, tags: [] }] }
const JSON_TYPE = { 'content-type': 'application/json' }
const GZIP = { ...JSON_TYPE, 'content-encoding': 'gzip' }
const ZSTD = { ...JSON_TYPE, 'content-encoding': 'zstd' }
const DEEP = 200_000
const deepArray = '['.repeat(DEEP) + ']'.repeat(DEEP)
const deepObject = '{"a":'.repeat(DEEP) + '1' + '}'.repeat(DEEP)

const good = (): Report =>
  reportOf({ seq: 1, sections: { gadget: okSection(DATA) }, identity: { name: 'good', evidence: { cert: 'good' } } })
const envelope = (report: unknown): string => JSON.stringify({ reports: [report] })
/** A report's text with one part of it written by hand. */
const withText = (report: object, mark: string, text: string): string =>
  JSON.stringify({ reports: [report] }).replace(JSON.stringify(mark), text)

/** Envelopes that cannot be read: a 4xx, and nothing of them is stored. */
const ENVELOPES: readonly (readonly [
  what: string,
  status: number,
  body: () => string | Buffer<ArrayBuffer>,
  headers?: Record<string, string>,
])[] = [
  ['no JSON', 400, () => '{"reports": ['],
  ['an empty body', 400, () => ''],
  ['another content type', 415, () => 'reports', { 'content-type': 'text/plain' }],
  ['another encoding', 415, () => envelope(good()), { ...JSON_TYPE, 'content-encoding': 'br' }],
  ['JSON that is no object', 400, () => '[]'],
  ['no reports', 400, () => '{}'],
  ['an unknown field beside the reports', 400, () => JSON.stringify({ reports: [good()], more: 1 })],
  ['__proto__ beside the reports', 400, () => `{"__proto__": {"admin": true}, "reports": [${JSON.stringify(good())}]}`],
  ['an empty batch', 400, () => '{"reports": []}'],
  ['a batch of 101', 400, () => JSON.stringify({ reports: Array.from({ length: 101 }, good) })],
  ['broken gzip', 400, () => Buffer.from(gzipSync(envelope(good()))).subarray(0, 60), GZIP],
  ['gzip that is none', 400, () => envelope(good()), GZIP],
  ['broken zstd', 400, () => Buffer.from(zstdCompressSync(envelope(good()))).subarray(0, 60), ZSTD],
  ['a gzip bomb', 413, () => Buffer.from(gzipSync(Buffer.alloc(BATCH_BYTES * 8, ' '))), GZIP],
  ['a zstd bomb', 413, () => Buffer.from(zstdCompressSync(Buffer.alloc(BATCH_BYTES * 8, ' '))), ZSTD],
  ['invalid UTF-8', 400, () => Buffer.concat([Buffer.from('{"reports": ["'), Buffer.of(0xff, 0xfe, 0xc0), Buffer.from('"]}')])],
  ['nesting that goes deep', 400, () => deepArray],
]

/** Reports that do not fit: each gets its own receipt, and the good one beside it is stored. */
const REPORTS: readonly (readonly [what: string, body: () => string, pointer: RegExp])[] = [
  ['no object', () => envelope(7), /^$/],
  ['null', () => envelope(null), /^$/],
  ['a wrong type', () => envelope({ ...good(), seq: '1' }), /\/seq/],
  ['a count beyond what numbers hold', () => withText({ ...good(), seq: 'SEQ' }, 'SEQ', '1e300'), /\/seq/],
  ['an unknown field', () => envelope({ ...good(), colour: 'red' }), /^$/],
  ['__proto__', () => withText({ ...good(), MARK: 1 }, 'MARK', '"__proto__"'), /^$/],
  ['an id that is none', () => envelope({ ...good(), id: 'x' }), /\/id/],
  ['a time that is none', () => envelope({ ...good(), collectedAt: 'yesterday' }), /\/collectedAt/],
  ['a leap second', () => envelope({ ...good(), collectedAt: '2016-12-31T23:59:60Z' }), /\/collectedAt/],
  ['an unknown mode', () => envelope({ ...good(), collector: { version: '', mode: 'magic', name: '' } }), /mode/],
  ['an unknown status', () => envelope({ ...good(), sections: { gadget: { status: 'fine' } } }), /status/],
  ['a section of a name that is none', () => envelope({ ...good(), sections: { '../etc': { status: 'ok' } } }), /sections/],
  ['a report that is deep', () => withText({ ...good(), labels: 'DEEP' }, 'DEEP', deepObject), /labels/],
]

/** Sections that cost only themselves. */
const SECTIONS: readonly (readonly [what: string, section: object, text: readonly [mark: string, text: string] | null])[] = [
  ['data that goes deep', { ...okSection({}), data: 'DEEP' }, ['DEEP', deepObject]],
  ['a list that goes deep', { ...okSection({}), data: { parts: 'DEEP' } }, ['DEEP', deepArray]],
  ['__proto__ in its data', { ...okSection({}), data: { MARK: { admin: true } } }, ['MARK', '"__proto__"']],
  ['__proto__ in an item', { ...okSection({}), data: { parts: [{ label: 'a', MARK: { admin: true } }] } }, ['MARK', '"__proto__"']],
  ['half a surrogate pair', { ...okSection({}), data: { model: 'MARK' } }, ['MARK', '"\\ud800"']],
  ['more items than a host can have', okSection({ parts: Array.from({ length: 100_001 }, () => ({})) }), null],
  ['a number that is none', { ...okSection({}), data: { parts: [{ label: 'a', sizeBytes: 'MARK' }] } }, ['MARK', '1e999']],
]

onEveryDatabase('bad input', (database) => {
  const api = apiOn(database)
  const raw = async (body: string | Buffer<ArrayBuffer>, headers: Record<string, string> = JSON_TYPE): Promise<Answer> =>
    await api().ask('collector', '/api/v1/reports', { method: 'POST', body, headers })

  afterEach(async () => {
    assert.equal(({} as Record<string, unknown>)['admin'], undefined)
    assert.equal((await api().ask(null, '/healthz')).status, 200)
    assert.deepEqual(api().logged.splice(0), [])
  })

  for (const [what, status, body, headers] of ENVELOPES) {
    test(`${what} is answered with ${status}, and nothing is stored`, async () => {
      const rows = await rowCounts(api().register)
      const answer = await raw(body(), headers ?? JSON_TYPE)
      assert.equal(answer.status, status, JSON.stringify(answer.body))
      assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
      assert.equal(answer.body['requestId'], answer.headers.get('x-request-id'))
      assert.equal(typeof answer.body['detail'], 'string')
      assert.deepEqual(await rowCounts(api().register), rows)
    })
  }

  for (const encoding of ['content-length', 'chunked']) {
    test(`a body of 100 MB sent by ${encoding} is refused, and is not read`, async () => {
      const chunk = Buffer.alloc(1024 * 1024, ' ')
      const answer = await new Promise<string>((done) => {
        let sent = 0
        let text = ''
        const { port, hostname } = new URL(api().url)
        const socket = connect(Number(port), hostname)
        const head = `POST /api/v1/reports HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${api().tokens.get('collector')}\r\ncontent-type: application/json\r\n`
        socket.write(`${head}${encoding === 'chunked' ? 'transfer-encoding: chunked' : `content-length: ${100 * chunk.length}`}\r\n\r\n`)
        const more = () => {
          while (sent < 100 && socket.writable) {
            sent++
            if (encoding === 'chunked') socket.write(`${chunk.length.toString(16)}\r\n`)
            const goesOn = socket.write(chunk)
            if (encoding === 'chunked') socket.write('\r\n')
            if (!goesOn) return
          }
        }
        socket.on('drain', more)
        // The server may close while we still write.
        socket.on('error', () => undefined)
        socket.on('data', (data) => {
          text += data.toString()
          socket.destroy()
        })
        socket.on('close', () => done(text))
        more()
      })
      assert.match(answer, /^HTTP\/1\.1 413 /)
    })
  }

  for (const [what, body, pointer] of REPORTS) {
    test(`a report with ${what} is rejected, and the good one beside it is stored`, async () => {
      const bad = body().slice('{"reports":['.length, -2)
      const beside = reportOf({ seq: 1, sections: { gadget: okSection(DATA) }, identity: { name: what, evidence: { cert: what } } })
      const rows = await rowCounts(api().register)
      const answer = await raw(`{"reports":[${bad},${JSON.stringify(beside)}]}`)
      assert.equal(answer.status, 200, JSON.stringify(answer.body))
      const [refused, stored] = answer.body['receipts'] as { outcome: string; errors: { pointer: string }[] }[]
      assert.deepEqual([refused?.outcome, stored?.outcome], ['rejected', 'created'])
      assert.match(refused!.errors[0]!.pointer, pointer)
      assert.equal((await rowCounts(api().register))['asset'], rows['asset']! + 1)
    })
  }

  for (const [what, section, text] of SECTIONS) {
    test(`a section with ${what} costs itself alone`, async () => {
      const name = `host with ${what}`
      const report = reportOf({
        seq: 1,
        sections: { widget: section as Report['sections'][string], gadget: okSection(DATA) },
        identity: { name, evidence: { cert: name } },
      })
      const answer = await raw(text === null ? envelope(report) : withText(report, ...text))
      const [made] = answer.body['receipts'] as { outcome: string; warnings: string[]; errors: unknown[] }[]
      assert.equal(made?.outcome, 'created', JSON.stringify(answer.body))
      assert.equal(made.warnings.length + made.errors.length, 1, JSON.stringify(made))
      const { body } = await api().ask('reader', `/api/v1/assets/${encodeURIComponent(name)}`)
      assert.deepEqual(Object.keys(body['sections'] as object), ['gadget'])
    })
  }

  test('a clock one year ahead is a warning, and keeps no time of ours', async () => {
    const ahead = new Date(api().now() + 366 * 86_400_000).toISOString()
    const report = reportOf({
      seq: 1,
      collectedAt: ahead,
      sections: { gadget: okSection(DATA) },
      identity: { name: 'ahead', evidence: { cert: 'ahead' } },
    })
    const [made] = await api().post(report)
    assert.equal(made!.outcome, 'created')
    assert.match(made!.warnings.join('\n'), /clock is \d+ minutes ahead/)
    const { body } = await api().ask('reader', '/api/v1/assets/ahead')
    assert.ok(Date.parse(body['lastSeen'] as string) <= api().now())
    const changed = { ...okSection({ ...DATA, model: 'M2' }) }
    assert.equal(
      (await api().post({ ...reportOf({ seq: 2, sections: { gadget: changed } }), identity: report.identity }))[0]!.outcome,
      'updated',
    )
  })

  test('NUL, half pairs and __proto__ in names, labels, reasons and volatile values are kept out or cleaned, on every way', async () => {
    const [nul, half] = ['a\0b', 'a\ud800b']
    const report = reportOf({
      seq: 1,
      collector: { version: nul, mode: 'agent', name: half },
      labels: { site: nul },
      sections: {
        gadget: okSection(
          { ...DATA, model: nul, parts: [{ wwn: nul, label: 'x' }] },
          { reason: nul, volatile: { usedBytes: 1, parts: JSON.parse('{"__proto__":{"state":"x","admin":true}}') as object } },
        ),
        widget: { status: 'denied', reason: half },
      },
      identity: { name: nul, evidence: { cert: nul, serial: nul, vendor: half, product: nul, hostname: half, macs: [nul] } },
    })
    const [made] = await api().post(report)
    assert.deepEqual([made!.outcome, made!.errors], ['created', []])
    assert.equal(made!.identity!.name, 'a\ufffdb')
    const assetId = made!.identity!.assetId
    const { body } = await api().ask('reader', `/api/v1/assets/${assetId}`)
    assert.doesNotMatch(JSON.stringify(body), /\\u0000|\\ud800/)
    assert.equal((body['sections'] as Record<string, { data: { model: string } }>)['gadget']!.data.model, 'a\ufffdb')
    assert.equal(({} as Record<string, unknown>)['state'], undefined)
    // The way of unchanged reports, and an asset id that no database takes.
    for (const [seq, id] of [assetId, nul, half].entries())
      assert.equal(
        (
          await api().post({
            ...report,
            id: reportOf({ seq: 1, sections: {} }).id,
            seq: seq + 2,
            identity: { ...report.identity, assetId: id },
          })
        )[0]!.outcome,
        'unchanged',
      )
    await api().ingest.close()
    assert.equal((await sectionOn(api().register, 'gadget'))?.status, 'ok')
  })

  test('a section called constructor is a section like any other', async () => {
    const send = async (seq: number, reason: string): Promise<string> => {
      const sections = { constructor: { status: 'skipped' }, gadget: { status: 'denied', reason } } as const
      const [answer] = await api().post(reportOf({ seq, sections, identity: { name: 'odd', evidence: { cert: 'odd' } } }))
      return answer!.outcome
    }
    assert.equal(await send(1, 'a\0b'), 'created')
    for (const seq of [2, 3]) assert.equal(await send(seq, `${seq}`), 'unchanged')
    const { status, body } = await api().ask('reader', '/api/v1/assets/odd')
    assert.deepEqual([status, Object.keys(body['sections'] as object)], [200, ['constructor', 'gadget']])
  })

  test('a report of 20,000 items is taken, and a batch of 100 large ones too', async () => {
    const parts = Array.from({ length: 20_000 }, (_, at) => ({ wwn: null, slot: null, label: `part-${at}`, sizeBytes: at, tags: [] }))
    const [big] = await api().post(
      reportOf({ seq: 1, sections: { gadget: okSection({ ...DATA, parts }) }, identity: { name: 'big', evidence: { cert: 'big' } } }),
    )
    assert.equal(big!.outcome, 'created')
    const [changed] = await api().post(
      reportOf({
        seq: 2,
        sections: { gadget: okSection({ ...DATA, parts: parts.slice(0, 18_000) }) },
        identity: { name: 'big', evidence: { cert: 'big' } },
      }),
    )
    assert.deepEqual([changed!.outcome, changed!.changes], ['updated', 2000])
    const some = Array.from({ length: 1000 }, (_, at) => ({ wwn: null, slot: null, label: `part-${at}`, sizeBytes: at, tags: [] }))
    const batch = Array.from({ length: 100 }, (_, at) =>
      reportOf({
        seq: 1,
        sections: { gadget: okSection({ ...DATA, model: `M${at}`, parts: some }) },
        identity: { name: `of-batch-${at}`, evidence: { cert: `of-batch-${at}` } },
      }),
    )
    assert.deepEqual([...new Set((await api().post(...batch)).map(({ outcome }) => outcome))], ['created'])
  })

  const addresses = [
    '/api/v1/assets/%00',
    '/api/v1/assets?q=%00',
    '/api/v1/assets?name=%00',
    '/api/v1/changes?item=a%00b',
    '/api/v1/assets/%ff%fe',
  ]
  for (const address of addresses) {
    test(`the address ${address} is a problem of the client`, async () => {
      const answer = await api().ask('reader', address)
      assert.equal(answer.status, 400)
      assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
    })
  }
})
