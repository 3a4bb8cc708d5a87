import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { milliseconds } from '../../conf/duration.ts'
import { nearest } from '../../conf/nearest.ts'
import { resolveSecret } from '../../conf/secrets.ts'
import { folder } from './folder.ts'

test('a reference gives the secret, without the line end of the file', (t) => {
  const path = folder(t, { token: 'rc_1.s\n' })
  assert.equal(resolveSecret('env:T', 'api.token', { T: 'rc_1.s' }), 'rc_1.s')
  assert.equal(resolveSecret(`file:${join(path, 'token')}`, 'api.token', {}), 'rc_1.s')
  assert.equal(resolveSecret('credential:token', 'api.token', { CREDENTIALS_DIRECTORY: path }), 'rc_1.s')
  assert.equal(resolveSecret('sqlite:///x.db', 'server.database', {}), 'sqlite:///x.db')
})

test('a reference to nothing says what to do', (t) => {
  const path = folder(t, { empty: '\n' })
  const cases: [string, RegExp][] = [
    ['env:T', /env:T: api\.token: the environment has no T: set it/],
    [`file:${path}/none`, /none cannot be read/],
    [`file:${path}/empty`, /is empty/],
    ['credential:../etc/shadow', /no plain name/],
    ['credential:..', /no plain name/],
  ]
  for (const [reference, message] of cases) {
    assert.throws(() => resolveSecret(reference, 'api.token', { CREDENTIALS_DIRECTORY: path }), { name: 'ConfError', message })
  }
  assert.throws(() => resolveSecret('credential:t', 'api.token', {}), { message: /LoadCredential=t:/ })
})

test('durations are milliseconds', () => {
  assert.deepEqual(['90s', '5m', '1h', '2d'].map(milliseconds), [90_000, 300_000, 3_600_000, 172_800_000])
  assert.throws(() => milliseconds('soon'), RangeError)
})

test('the nearest name is near', () => {
  const names = ['url', 'token', 'timeoutSeconds']
  assert.deepEqual(
    ['ulr', 'Token', 'timeoutSecs', 'colour'].map((word) => nearest(word, names)),
    ['url', 'token', 'timeoutSeconds', null],
  )
})
