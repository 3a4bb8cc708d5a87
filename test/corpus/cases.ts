import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readFolder } from '../../plugins/capture.ts'
import type { Plugin } from '../../plugins/define.ts'
import type { Capture } from '../../plugins/frames.ts'
import { answersFrom, treeOf } from './trees.ts'

/** The corpus beside the repository: texts of real machines, under licences that do not allow them inside. */
export const CORPUS = join(import.meta.dirname, '../../../shared/corpora')

/** One folder of recorded texts. Its name is `<source>--<case>`. */
export interface Case {
  readonly name: string
  readonly source: string
  readonly path: string
  /** What the source says of it; null for texts without expected values. */
  readonly expected: Record<string, unknown> | null
}

/** Which folders hold cases of a plugin, and which of their cases. A plugin that is not here has a folder of its own name. */
const FOLDERS: Readonly<Record<string, readonly (readonly [folder: string, wanted: (one: Case) => boolean])[]>> = {
  cpu: [
    ['cpu', () => true],
    ['board', isDmiText],
  ],
  memory: [
    ['memory', () => true],
    ['board', isDmiText],
  ],
  filesystem: [['disk', (one) => asserts(one, 'filesystems')]],
  nic: [
    ['nic', () => true],
    ['disk', (one) => asserts(one, 'interfaces')],
  ],
  port: [['services', (one) => asserts(one, 'sockets')]],
  service: [['services', (one) => asserts(one, 'units')]],
}

/** All cases of one plugin in a corpus folder, by name. */
export function casesOf(dir: string, plugin: string): Case[] {
  const folders = FOLDERS[plugin] ?? [[plugin, () => true] as const]
  return folders.flatMap(([folder, wanted]) => casesIn(join(dir, folder)).filter(wanted))
}

/** A case as a capture, read by the code that reads a capture folder; a recorded tree answers what the plugin asks of /proc and /sys. */
export function captureOf(one: Case, plugin: Plugin): Capture {
  const tree = treeOf(one.path)
  const hasTexts = readdirSync(one.path).some((file) => file.endsWith('.txt'))
  const texts: Capture = hasTexts ? readFolder(one.path) : { probes: {}, complete: true }
  return tree === null ? texts : { ...texts, probes: { ...texts.probes, ...answersFrom(tree, plugin.probes) } }
}

function casesIn(folder: string): Case[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.includes('--'))
    .toSorted()
    .map((name) => {
      const path = join(folder, name)
      const file = join(path, 'expected.json')
      // The layout is written in the corpus's README; what a mapping does not know it does not read.
      const expected = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>) : null
      return { name, source: name.slice(0, name.indexOf('--')), path, expected }
    })
}

/** Whole SMBIOS dumps: they hold processors and memory modules too. */
function isDmiText(one: Case): boolean {
  return one.source === 'linuxhw-dmi'
}

function asserts(one: Case, field: string): boolean {
  return one.expected !== null && field in one.expected
}
