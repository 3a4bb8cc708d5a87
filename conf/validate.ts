import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import { ConfError, type Problem } from './errors.ts'
import { originOf, pathOf, pointerOf, type Origins } from './merge.ts'
import { nearest } from './nearest.ts'
import { schema, tree, type Settings } from './schema.ts'
import { isPlainSecret, SECRET_KINDS } from './secrets.ts'
import { settingsOf, valueAt, type Node } from './tree.ts'

/**
 * Merged settings as what the schema says they are. `unknown` are variables that are no settings, as problems, told with the others.
 *
 * @throws {ConfError} with every problem: its layer, path, value and the nearest right name
 */
export function validate(settings: unknown, origins: Origins, unknown: readonly Problem[] = []): Settings {
  // The schema is our own, and a test has looked at it: to compile the schema of schemas for it took half of the time.
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    allowUnionTypes: true,
    strictTuples: false,
    meta: false,
    validateSchema: false,
  })
  ajv.addVocabulary(['expects', 'secret', 'isPath'])
  ajv.addFormat('address', { type: 'string', validate: (text: string) => URL.canParse(text) })
  const fits = ajv.compile<Settings>(schema)
  const problems = new Map<string, Problem>(unknown.map((problem) => [problem.origin, problem]))
  const origin = (pointer: string) => originOf(origins, pointer)?.origin ?? 'settings'
  if (!fits(settings)) {
    for (const error of fits.errors ?? []) {
      const pointer = pointerAt(error)
      if (!problems.has(pointer)) problems.set(pointer, { origin: origin(pointer), path: pathOf(pointer).join('.'), ...say(error) })
    }
  }
  for (const { path, node } of settingsOf(tree)) {
    const pointer = pointerOf(path)
    if (!isPlainSecret(node, valueAt(settings, path))) continue
    const message = `a secret must not stand here in plain: write a reference to it, ${SECRET_KINDS}`
    problems.set(pointer, { origin: origin(pointer), path: path.join('.'), message, nearest: null })
  }
  if (problems.size > 0) throw new ConfError([...problems.values()])
  return settings as Settings // `fits` said so, or its errors were thrown.
}

function pointerAt({ instancePath, params, keyword }: ErrorObject): string {
  return keyword === 'additionalProperties' ? instancePath + pointerOf([String(params['additionalProperty'])]) : instancePath
}

function say(error: ErrorObject): Pick<Problem, 'message' | 'nearest'> {
  const node = error.parentSchema as Node // Every schema here is an object with our keywords.
  if (error.keyword === 'additionalProperties') {
    const key = String(error.params['additionalProperty'])
    const siblings = Object.keys(node.properties ?? {})
    return { message: 'there is no such setting', nearest: nearest(key, siblings) ?? elsewhere(key) }
  }
  const found = node.secret === undefined ? `${shown(error.data)} ` : 'the value '
  if (node.expects !== undefined) return { message: `${found}is not ${node.expects}`, nearest: null }
  if (node.enum !== undefined) {
    const words = node.enum.map((word) => shown(word))
    const near =
      typeof error.data === 'string'
        ? nearest(
            error.data,
            node.enum.filter((word) => typeof word === 'string'),
          )
        : null
    return { message: `${found}is not one of ${words.join(', ')}`, nearest: near === null ? null : shown(near) }
  }
  return { message: `${found}${error.message ?? 'does not fit'}`, nearest: null }
}

/** The full name of a setting that was written in the wrong group. */
function elsewhere(key: string): string | null {
  return (
    settingsOf(tree)
      .find(({ path }) => path.at(-1) === key)
      ?.path.join('.') ?? null
  )
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? `'${value}'` : JSON.stringify(value)
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}
