import { compareFields, folded, same, verdict, type Mapping, type Same } from './compare.ts'

const FIELDS = { osName: same, osId: same, osVersion: same, osPrettyName: folded, osFamily: same, kernel: same, hostname: same, arch: same }

/** Some sources add the code name to the version: "7.9.2009 (Core)". */
const version: Same = (expected, actual) => same(typeof expected === 'string' ? expected.replace(/ \(.*\)$/, '') : expected, actual)

const mapping: Mapping = (section, expected) => {
  const names = expected['osNameAnyOf']
  return [
    ...compareFields(expected, section, { ...FIELDS, osVersionFull: version }),
    ...(Array.isArray(names)
      ? [verdict('osNameAnyOf', names, section?.['osName'], (any, one) => names.includes(one) || same(any, one))]
      : []),
  ]
}

export default mapping
