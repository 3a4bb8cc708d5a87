import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diffSection } from '../../cmdb-api/diff.ts'
import type { RawAnswer } from '../../plugins/answer.ts'
import software from '../../plugins/builtin/software.ts'
import { evaluate, type Section } from '../../plugins/evaluate.ts'
import type { Fields } from '../../plugins/items.ts'

function sectionOf(texts: Readonly<Record<string, string | Partial<RawAnswer>>>): Section {
  const probes = Object.fromEntries(
    Object.entries(texts).map(([probe, said]) => [
      probe,
      { exit: 0, stdout: '', stderr: '', ...(typeof said === 'string' ? { stdout: said } : said) },
    ]),
  )
  return evaluate(software, { probes, complete: true })
}

function dataOf(texts: Readonly<Record<string, string | Partial<RawAnswer>>>): Fields {
  const section = sectionOf(texts)
  assert.equal(section.status, 'ok')
  return section.status === 'ok' ? section.data : {}
}

function changes(before: Fields, after: Fields): string[] {
  return diffSection(software.keys, before, after).changes.map(({ list, item, field, op, old, new: now }) =>
    [list, op, item, ...(field === null ? [] : [field, old, now])].join(' '),
  )
}

const deb = (...rows: string[]): Fields =>
  dataOf({ 'dpkg-query': rows.map((row) => `install ok installed\t${row.replaceAll(' ', '\t')}\n`).join('') })
const libc = (version: string): Fields => deb(`libc6 ${version} amd64 glibc`, `libc6 ${version} i386 glibc`)
const kernel = (release: string): string => `kernel-core 0 5.14.0-${release} x86_64 kernel-5.14.0-${release}.src.rpm`
const snap = (yaml: string): Fields => dataOf({ 'snap-files': `firefox_4793.snap\n${yaml}` })
const mounted = (version: string): string => `/snap/firefox/current/meta/snap.yaml:version: ${version}\n`
const rpm = (...rows: string[]): Fields => dataOf({ 'rpm-qa': rows.map((row) => `${row.replaceAll(' ', '\t')}\n`).join('') })

test('an upgrade is one changed field', () => {
  assert.deepEqual(
    changes(deb('zlib1g 1:1.2.13-1 amd64 zlib', 'sed 4.9-1 amd64 sed'), deb('zlib1g 1:1.2.13-2 amd64 zlib', 'sed 4.9-1 amd64 sed')),
    ['packages changed manager+name+arch=deb/zlib1g/amd64 version 1:1.2.13-1 1:1.2.13-2'],
  )
})

test('upgrading both architectures of a library is one change each', () => {
  assert.equal(changes(libc('2.36-8'), libc('2.36-9')).length, 2)
})

test('a new kernel beside two, and the oldest gone, is one addition and one removal', () => {
  assert.deepEqual(changes(rpm(kernel('427.el9'), kernel('430.el9')), rpm(kernel('430.el9'), kernel('431.el9'))), [
    'packages removed manager+name+arch+version=rpm/kernel-core/x86_64/5.14.0-427.el9',
    'packages added manager+name+arch+version=rpm/kernel-core/x86_64/5.14.0-431.el9',
  ])
})

test('a package that is being upgraded is not removed', () => {
  const before = deb('nginx 1.22.1-8 amd64 nginx')
  const during = dataOf({ 'dpkg-query': 'install ok unpacked\tnginx\t1.22.1-9\tamd64\tnginx\n' })
  assert.deepEqual(changes(before, during), ['packages changed manager+name+arch=deb/nginx/amd64 version 1.22.1-8 1.22.1-9'])
})

test('a snap that is being refreshed changes nothing until its version is there', () => {
  assert.deepEqual(changes(snap(mounted('128.0-1')), snap('')), [])
  assert.deepEqual(changes(snap(mounted('128.0-1')), snap(mounted("'129.0-1'"))), ['snaps changed name=firefox version 128.0-1 129.0-1'])
})

for (const exit of ['timeout', 'truncated', 'denied', 1] as const) {
  test(`a package manager whose answer was ${exit} loses no package, nor does another lose its own`, () => {
    const before = dataOf({ 'dpkg-query': 'install ok installed\tsed\t4.9-1\tamd64\tsed\n', 'flatpak-list': '' })
    const after = dataOf({ 'dpkg-query': { exit }, 'flatpak-list': '' })
    assert.equal(after['packages'], null)
    assert.deepEqual(after['flatpaks'], [])
    assert.deepEqual(changes(before, after), [])
  })
}

test('rpm that could not read all of its database says nothing of its packages', () => {
  assert.equal(dataOf({ 'rpm-qa': 'bash-5.1.8-9.el9.x86_64\nerror: rpmdbNextIterator: skipping h#     123\n' })['packages'], null)
})

test('what dpkg-query knows by name alone is not installed', () => {
  const packages = dataOf({ 'dpkg-query': 'acl\t2.3.1-3\nawk\t\nmail-transport-agent\t\nzsh\t5.9-4\n' })['packages'] as Fields[]
  assert.deepEqual(
    packages.map(({ name }) => name),
    ['acl', 'zsh'],
  )
})

const EPOCHS: readonly (readonly [layout: string, text: string])[] = [
  ['%{NEVRA}', 'perl-4:5.16.3-299.el7.x86_64\nsed-4.2.2-7.el7.x86_64\n'],
  ['the order of yum', '4:perl-5.16.3-299.el7.x86_64\nsed-4.2.2-7.el7.x86_64\n'],
  ['%{EVR}', 'perl\t4:5.16.3-299.el7\tx86_64\nsed\t4.2.2-7.el7\tx86_64\n'],
  ['%{EPOCH}:%{VERSION}-%{RELEASE}', 'perl\t4:5.16.3-299.el7\tx86_64\nsed\t(none):4.2.2-7.el7\tx86_64\n'],
]

for (const [layout, text] of EPOCHS) {
  test(`the epoch of rpm is no part of the version: ${layout}`, () => {
    assert.deepEqual(
      (dataOf({ 'rpm-qa': text })['packages'] as Fields[]).map(({ name, epoch, version }) => [name, epoch, version]),
      [
        ['perl', 4, '5.16.3-299.el7'],
        ['sed', 0, '4.2.2-7.el7'],
      ],
    )
  })
}

const MAPS = { application: 'org.gnome.Maps', branch: 'stable', arch: 'x86_64', installation: 'system' }
const PLATFORM = { application: 'org.gnome.Platform', branch: '46', arch: 'x86_64', installation: 'system' }
const NAMED = [
  { ...MAPS, name: 'Maps', version: '46.11' },
  { ...PLATFORM, name: 'GNOME Platform', version: null },
]

/** Rows of `flatpak list` in some columns, of one application and one runtime. */
function flatpakRows(columns: string): string {
  const cells = (of: Readonly<Record<string, string>>): string =>
    columns
      .split(',')
      .map((column) => of[column] ?? '-')
      .join('\t')
  const maps = { ...MAPS, name: 'Maps', version: '46.11', runtime: 'org.gnome.Platform/x86_64/46', ref: 'org.gnome.Maps/x86_64/stable' }
  const platform = { ...PLATFORM, name: 'GNOME Platform', version: '', runtime: '', ref: 'org.gnome.Platform/x86_64/46' }
  return `${cells(maps)}\n${cells(platform)}\n`
}

const FLATPAKS: readonly (readonly [of: string, text: string, expected: readonly Fields[]])[] = [
  [
    'all columns',
    flatpakRows('name,description,application,version,branch,arch,runtime,origin,installation,ref,active,latest,size,options'),
    NAMED,
  ],
  [
    'all before 1.5',
    flatpakRows('name,description,application,version,branch,arch,origin,installation,ref,active,latest,size,options'),
    NAMED,
  ],
  ['refs', flatpakRows('ref,installation'), [MAPS, PLATFORM]],
  [
    'applications alone',
    flatpakRows('application'),
    ['org.gnome.Maps', 'org.gnome.Platform'].map((application) => ({ application, branch: null, arch: null, installation: null })),
  ],
  ['runtimes beside refs', flatpakRows('application,runtime,ref,installation'), [MAPS, PLATFORM]],
  ['an order of its own', flatpakRows('arch,version,installation,branch,application'), [MAPS, PLATFORM]],
  [
    'version 1.0',
    'Ref                             Options\norg.gnome.Maps/x86_64/stable    system,current\norg.gnome.Platform/x86_64/46     system (extra),runtime\n',
    [MAPS, { ...PLATFORM, installation: 'extra' }],
  ],
]

for (const [of, text, expected] of FLATPAKS) {
  test(`flatpak list, ${of}`, () => {
    const found = dataOf({ 'flatpak-list': text })['flatpaks'] as Fields[]
    assert.deepEqual(
      found,
      expected.map((one) => ({ name: null, version: null, ...one })),
    )
  })
}

test('a heading of flatpak without rows is an empty list', () => {
  assert.deepEqual(dataOf({ 'flatpak-list': 'Ref  Options\n' })['flatpaks'], [])
})

test('rows of flatpak that nobody understands are no empty list', () => {
  for (const text of ['error: something broke\n', 'Maps\t46.11\n']) assert.equal(sectionOf({ 'flatpak-list': text }).status, 'failed', text)
})

test('text that is no list of packages is refused', () => {
  for (const probe of ['dpkg-query', 'dpkg-l', 'rpm-qa', 'apk-installed', 'pacman-desc']) {
    assert.equal(sectionOf({ [probe]: 'Segmentation fault\nCore dumped\n' }).status, 'failed', probe)
  }
})

const LAYOUTS: readonly (readonly [layout: string, probe: string, text: string])[] = [
  ['name, version, arch', 'dpkg-query', 'openssl\t3.0.14-1\tamd64\nadduser\t3.134\tall\n'],
  ['name:arch and version, as dpkg-query -W has it', 'dpkg-query', 'openssl:amd64\t3.0.14-1\nadduser\t3.134\n'],
  ['short status first', 'dpkg-query', 'ii \topenssl\t3.0.14-1\tamd64\nrc \tnano\t7.2-1\tamd64\n'],
  ['name, version, release, arch', 'rpm-qa', 'openssl\t3.0.14\t1\tx86_64\n'],
  [
    'name, epoch, version, release, time, arch',
    'rpm-qa',
    'openssl\t(none)\t3.0.14\t1\t1718000000\tx86_64\nvim\t2\t8.2\t1\t1718000001\tx86_64\n',
  ],
  ['name, arch, version-release, time, size, vendor', 'rpm-qa', 'openssl\tx86_64\t3.0.14-1\t1718000000\t2048\tAcme, Inc.\n'],
  ['the names alone', 'rpm-qa', 'openssl-3.0.14-1.x86_64\n'],
  ['JSON', 'rpm-qa', '{"name": "openssl", "version": "3.0.14", "release": "1", "epoch": "(none)", "arch": "x86_64"}\n'],
]

for (const [layout, probe, said] of LAYOUTS) {
  test(`${probe} in the columns ${layout}`, () => {
    const packages = dataOf({ [probe]: said })['packages'] as Fields[]
    assert.equal(packages.find(({ name }) => name === 'openssl')?.['version'], '3.0.14-1')
    assert.ok(packages.every(({ name }) => name !== 'nano'))
  })
}
