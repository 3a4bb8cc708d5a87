import { isGlob, PLAIN_PATH } from './globs.ts'
import { PROBE_NAME } from './script.ts'

type Loose = Readonly<Record<string, unknown>>

/** Sections under which the history has what no plugin tells, and a field that every object has. */
const TAKEN = ['asset', 'template', 'group', 'constructor']

const SCALARS = ['string', 'integer', 'number', 'boolean']

/** Where a value breaks the contract of `define.ts`, each with what its author is to do. Empty for a plugin. */
export function breachesOf(value: unknown): string[] {
  if (!isRecord(value)) return ['export a plugin as default: `export default definePlugin({ ... })`']
  return [...headBreaches(value), ...probeBreaches(value['probes']), ...schemaBreaches(value['schema']), ...referenceBreaches(value)]
}

function headBreaches({ name, version, summary, parse }: Loose): string[] {
  return [
    ...unless(typeof name === 'string' && /^[a-z][a-z0-9-]*$/.test(name), 'name: lower case, digits and hyphens, such as `gpu`'),
    ...unless(!TAKEN.some((taken) => taken === name), `name: another one: ${TAKEN.join(', ')} mean something else`),
    ...unless(
      Number.isInteger(version) && (version as number) >= 1,
      'version: a whole number from 1, raised when the meaning of a field changes',
    ),
    ...unless(typeof summary === 'string' && summary.trim() !== '', 'summary: one sentence for people who choose plugins'),
    ...unless(typeof parse === 'function', 'parse: a function from answers to the section'),
  ]
}

function probeBreaches(probes: unknown): string[] {
  if (!isRecord(probes) || Object.keys(probes).length === 0) return ["probes: at least one, such as `{ lscpu: { exec: ['lscpu'] } }`"]
  return Object.entries(probes).flatMap(([name, probe]) => {
    const at = `probes.${name}`
    if (!isRecord(probe)) return [`${at}: an object with file, files, exec, sh or recorded`]
    const kinds = ['file', 'files', 'exec', 'sh', 'recorded'].filter((kind) => kind in probe)
    const { file, files, exec, sh, timeoutSeconds, root, okCodes, needs } = probe
    return [
      ...unless(PROBE_NAME.test(name), `${at}: a name is letters, digits, hyphens and underscores`),
      ...unless(kinds.length === 1, `${at}: exactly one of file, files, exec, sh and recorded; there are ${kinds.length}`),
      ...unless(
        file === undefined || (typeof file === 'string' && PLAIN_PATH.test(file)),
        `${at}.file: a plain absolute path; for a glob use files`,
      ),
      ...unless(
        files === undefined || (isTexts(files) && files.length > 0 && files.every(isGlob)),
        `${at}.files: absolute paths with wildcards in one name, such as \`/sys/block/*/size\`; for others use sh`,
      ),
      ...unless(needs === undefined || (isTexts(needs) && needs.length > 0), `${at}.needs: absolute paths and names of programs`),
      ...unless(exec === undefined || (isTexts(exec) && exec.length > 0), `${at}.exec: [program, ...arguments], all texts`),
      ...unless(sh === undefined || (typeof sh === 'string' && sh.trim() !== ''), `${at}.sh: a POSIX sh text`),
      ...unless(
        timeoutSeconds === undefined || (typeof timeoutSeconds === 'number' && timeoutSeconds >= 1),
        `${at}.timeoutSeconds: a number from 1`,
      ),
      ...unless(root === undefined || root === true, `${at}.root: true, or left out`),
      ...unless(okCodes === undefined || (Array.isArray(okCodes) && okCodes.every(Number.isInteger)), `${at}.okCodes: exit codes`),
    ]
  })
}

function schemaBreaches(schema: unknown): string[] {
  const fields = propertiesOf(schema)
  if (fields === null) return ['schema: made by section({ ... }) of rollcall/plugin: exactly its fields, all required']
  return Object.entries(fields).flatMap(([name, field]) => {
    const items = itemsOf(field)
    if (items === null) return fieldBreaches(name, field)
    const rows = Object.entries(items).flatMap(([inner, one]) => fieldBreaches(`${name}.${inner}`, one))
    return [...said(name, field, ['description']), ...rows]
  })
}

function fieldBreaches(path: string, field: unknown): string[] {
  if (!isRecord(field)) return [`schema.${path}: made by text(), integer(), list() and the like`]
  const types = typesOf(field)
  const kinds = types.filter((type) => type !== 'null')
  const name = path.split('.').at(-1)!
  const isSet = kinds[0] === 'array' && isRecord(field['items']) && typesOf(field['items']).every((type) => isScalar(type))
  return [
    ...unless(
      kinds.length === 1 && (isScalar(kinds[0]) || isSet),
      `schema.${path}: a section is flat: a scalar, a set of scalars, or (not inside a list) a list of flat items`,
    ),
    ...unless(/^[a-z][A-Za-z0-9]*$/.test(name), `schema.${path}: a field's name is camelCase`),
    // Such as valueOf: it would be found in records that nobody put it into.
    ...unless(!(name in Object.prototype), `schema.${path}: another name: every object has a field called like that`),
    ...said(path, field, ['description', 'source']),
  ]
}

function referenceBreaches({ probes, schema, keys, volatile, decides = {} }: Loose): string[] {
  const fields = propertiesOf(schema) ?? {}
  const lists = Object.entries(fields).flatMap(([name, field]) => {
    const items = itemsOf(field)
    return items === null ? [] : [[name, Object.keys(items)] as const]
  })
  if (!isRecord(keys)) return ['keys: for each list what identifies an item, strongest first; `{}` without lists']
  if (!isTexts(volatile)) return ['volatile: paths of fields that are current state alone; `[]` for none']
  const paths = [...Object.keys(fields), ...lists.flatMap(([list, inner]) => inner.map((field) => `${list}.${field}`))]
  return [
    ...Object.keys(keys).flatMap((list) =>
      unless(
        lists.some(([name]) => name === list),
        `keys.${list}: the schema has no such list`,
      ),
    ),
    ...lists.flatMap(([list, inner]) => keyBreaches(list, inner, keys[list], volatile)),
    ...volatile.flatMap((path) => unless(paths.includes(path), `volatile: the schema has no field ${path}`)),
    ...lists.flatMap(([list]) => unless(!volatile.includes(list), `volatile: ${list} is a list; name its fields, as in ${list}.state`)),
    ...decisionBreaches(decides, probes, fields),
  ]
}

function decisionBreaches(decides: unknown, probes: unknown, fields: Loose): string[] {
  if (!isRecord(decides)) return ['decides: by probe, the fields that are null while it cannot be seen; or left out']
  return Object.entries(decides).flatMap(([probe, names]) => [
    ...unless(isRecord(probes) && Object.hasOwn(probes, probe), `decides.${probe}: there is no such probe`),
    ...unless(
      isTexts(names) && names.every((name) => Object.hasOwn(fields, name)),
      `decides.${probe}: names of fields and lists of the schema`,
    ),
  ])
}

function keyBreaches(list: string, inner: readonly string[], keys: unknown, volatile: readonly string[]): string[] {
  if (!Array.isArray(keys) || keys.length === 0 || keys.some((key) => Array.isArray(key) && key.length === 0))
    return [`keys.${list}: say what identifies an item, strongest first`]
  return keys
    .flat()
    .flatMap((field) => [
      ...unless(inner.includes(field), `keys.${list}: its items have no field ${field}`),
      ...unless(!volatile.includes(`${list}.${field}`), `keys.${list}: ${field} is volatile and cannot identify anything`),
    ])
}

/** Fields of a section or of an item; null for what is no closed object. */
function propertiesOf(schema: unknown): Loose | null {
  if (!isRecord(schema) || schema['type'] !== 'object' || schema['additionalProperties'] !== false) return null
  const { properties, required } = schema
  if (!isRecord(properties) || !isTexts(required)) return null
  return Object.keys(properties).every((field) => required.includes(field)) ? properties : null
}

function itemsOf(field: unknown): Loose | null {
  return isRecord(field) && typesOf(field).includes('array') ? propertiesOf(field['items']) : null
}

function typesOf({ type }: Loose): unknown[] {
  return Array.isArray(type) ? (type as unknown[]) : [type]
}

function said(path: string, field: unknown, words: readonly string[]): string[] {
  return words.flatMap((word) => {
    const text = isRecord(field) ? field[word] : undefined
    return unless(typeof text === 'string' && text.trim() !== '', `schema.${path}: say its ${word}`)
  })
}

function isScalar(type: unknown): boolean {
  return SCALARS.some((scalar) => scalar === type)
}

function unless(holds: boolean, breach: string): string[] {
  return holds ? [] : [breach]
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

function isRecord(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
