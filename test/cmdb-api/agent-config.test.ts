import * as fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolve, upwards, type Centre, type Decided, type Group, type Services, type Template } from '../../cmdb-api/agent-config.ts'

function centreOf(templates: readonly Template[], groups: readonly Group[] = []): Centre {
  return { templates: new Map(templates.map((one) => [one.name, one])), groups: new Map(groups.map((one) => [one.name, one])) }
}

const services = (...of: readonly (readonly [name: string, seconds: number])[]): Services =>
  Object.fromEntries(of.map(([name, seconds]) => [name, ['disk', seconds]]))

/** Templates whose seconds tell them apart, on dc1 > rack2 > shelf3, and two groups that stand alone. */
const CENTRE = centreOf(
  [
    { name: 'web', services: services(['disks', 10], ['nics', 10]) },
    { name: 'slow', services: services(['disks', 20]) },
    { name: 'dc', services: services(['disks', 30], ['users', 30]) },
    { name: 'rack', services: services(['disks', 40], ['ports', 40]) },
    { name: 'shelf', services: services(['disks', 50]) },
    { name: 'empty', services: {} },
  ],
  [
    { name: 'dc1', parent: null, templates: ['dc'] },
    { name: 'rack2', parent: 'dc1', templates: ['rack'] },
    { name: 'shelf3', parent: 'rack2', templates: ['shelf'] },
    { name: 'alpha', parent: null, templates: ['slow'] },
    { name: 'beta', parent: 'rack2', templates: ['web', 'slow', 'gone'] },
    { name: 'bare', parent: 'shelf3', templates: [] },
    { name: 'hollow', parent: null, templates: ['empty'] },
  ],
)

/** Which seconds each service has, and where they come from. */
const CASES: readonly (readonly [what: string, asset: Partial<Decided>, expected: Readonly<Record<string, readonly [number, string]>>])[] =
  [
    ['nobody linked anything', {}, {}],
    ['a template', { templates: ['slow'] }, { disks: [20, 'template slow'] }],
    ['a template of no services', { templates: ['empty'], groups: ['hollow'] }, {}],
    ['names that are gone', { templates: ['gone'], groups: ['gone'] }, {}],
    ['two templates: the first by name', { templates: ['web', 'slow'] }, { disks: [20, 'template slow'], nics: [10, 'template web'] }],
    [
      'a template beats a group, service by service',
      { templates: ['slow'], groups: ['rack2'] },
      {
        disks: [20, 'template slow'],
        ports: [40, 'template rack via group rack2'],
        users: [30, 'template dc via group dc1'],
      },
    ],
    [
      'a group beats the one around it',
      { groups: ['shelf3'] },
      {
        disks: [50, 'template shelf via group shelf3'],
        ports: [40, 'template rack via group rack2'],
        users: [30, 'template dc via group dc1'],
      },
    ],
    [
      'also where the asset is in both',
      { groups: ['dc1', 'rack2'] },
      {
        disks: [40, 'template rack via group rack2'],
        ports: [40, 'template rack via group rack2'],
        users: [30, 'template dc via group dc1'],
      },
    ],
    [
      'a group with no templates passes on',
      { groups: ['bare'] },
      {
        disks: [50, 'template shelf via group shelf3'],
        ports: [40, 'template rack via group rack2'],
        users: [30, 'template dc via group dc1'],
      },
    ],
    [
      'two groups that are equally near: the first by name',
      { groups: ['shelf3', 'alpha'] },
      {
        disks: [20, 'template slow via group alpha'],
        ports: [40, 'template rack via group rack2'],
        users: [30, 'template dc via group dc1'],
      },
    ],
    [
      'two templates of one group: the first by name',
      { groups: ['beta'] },
      {
        disks: [20, 'template slow via group beta'],
        nics: [10, 'template web via group beta'],
        ports: [40, 'template rack via group rack2'],
        users: [30, 'template dc via group dc1'],
      },
    ],
  ]

for (const [what, asset, expected] of CASES) {
  test(`resolution: ${what}`, () => {
    const { services: found, origins } = resolve(CENTRE, { templates: [], groups: [], ...asset })
    const shown = Object.keys(found).map((name) => [name, [found[name]![1], origins[name]]])
    assert.deepEqual(Object.fromEntries(shown), expected)
    assert.deepEqual(Object.keys(found), Object.keys(found).toSorted())
  })
}

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'] as const
const TEMPLATES = ['s', 't', 'u', 'constructor'] as const
const SERVICES = ['disks', 'nics', 'toString'] as const
const some = <T extends string>(of: readonly T[], maxLength: number) => fc.subarray([...of], { maxLength })

/** A forest: a group's parent is one of those before it. */
const CENTRES = fc.record({
  templates: fc.tuple(
    ...TEMPLATES.map((name, at) => some(SERVICES, 3).map((of) => ({ name, services: services(...of.map((one) => [one, at] as const)) }))),
  ),
  groups: fc.tuple(
    ...NAMES.map((name, at) =>
      fc.record({
        name: fc.constant(name as string),
        parent: fc.option(fc.nat(5)).map((of) => (of === null || at === 0 ? null : NAMES[of % at]!)),
        templates: some(TEMPLATES, 2),
      }),
    ),
  ),
})

const ASSETS = fc.record({ templates: some(TEMPLATES, 2), groups: some(NAMES, 3) })

function origin({ template, group }: { readonly template: string; readonly group: string | null }): string {
  return `template ${template}${group === null ? '' : ` via group ${group}`}`
}

test('each service comes from the link that no other one beats, in whatever order all is given', () => {
  fc.assert(
    fc.property(CENTRES, ASSETS, ({ templates, groups }, asset) => {
      const centre = centreOf(templates, groups)
      const { services: found, origins } = resolve(centre, asset)
      const backward = resolve(centreOf(templates.toReversed(), groups.toReversed()), {
        templates: asset.templates.toReversed(),
        groups: asset.groups.toReversed(),
      })
      assert.deepEqual(backward, { services: found, origins })

      const around = new Set(asset.groups.flatMap((name) => upwards(centre.groups, name)))
      const links = [
        ...asset.templates.map((template) => ({ template, group: null })),
        ...[...around].flatMap((group) => centre.groups.get(group)!.templates.map((template) => ({ template, group }))),
      ]
      const isAround = (outer: string, inner: string) => outer !== inner && upwards(centre.groups, inner).includes(outer)
      for (const service of SERVICES) {
        const rivals = links.filter(({ template }) => Object.hasOwn(centre.templates.get(template)!.services, service))
        if (rivals.length === 0) {
          assert.ok(!Object.hasOwn(found, service))
          continue
        }
        const winner = rivals.find((one) => origin(one) === origins[service])
        assert.ok(winner !== undefined, `${service} from ${origins[service]}`)
        assert.deepEqual(found[service], centre.templates.get(winner.template)!.services[service])
        for (const rival of rivals) {
          if (rival.group === winner.group) assert.ok(winner.template <= rival.template)
          else if (winner.group !== null) assert.ok(rival.group !== null && !isAround(winner.group, rival.group))
        }
      }
    }),
    { numRuns: process.env['ROLLCALL_TEST_DEEP'] === '1' ? 10_000 : 300 },
  )
})

test('a circle of groups, as no edit can make it, ends all the same', () => {
  const circle = centreOf(
    [{ name: 't', services: services(['disks', 10]) }],
    [
      { name: 'a', parent: 'b', templates: [] },
      { name: 'b', parent: 'a', templates: ['t'] },
    ],
  )
  assert.deepEqual(resolve(circle, { templates: [], groups: ['a'] }).origins, { disks: 'template t via group b' })
})
