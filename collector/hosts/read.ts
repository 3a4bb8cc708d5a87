import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { codeOf } from '../write-file.ts'
import { NOTHING_BESIDE, type VarsBeside } from './ansible-inventory.ts'
import { formatOf, type ListFormat } from './detect.ts'
import type { HostList } from './draft.ts'
import type { HostEntry } from './entry.ts'
import { HostListError } from './errors.ts'

interface Surroundings {
  /** For `~/`. */
  readonly home: string
  /** For relative paths of keys in a list that comes by a pipe. */
  readonly cwd: string
  readonly stdin: AsyncIterable<Buffer | string>
}

/**
 * The hosts of `--hosts FILE`, or of standard input where that is `-`, in whatever format. Key files are absolute, relative ones to the list's folder.
 *
 * @throws {HostListError}
 */
export async function readHosts(file: string, { home, cwd, stdin }: Surroundings): Promise<HostList> {
  const isPiped = file === '-'
  const text = isPiped ? await textOf(stdin) : await textIn(file)
  const folder = isPiped ? cwd : dirname(resolve(cwd, file))
  const { entries, notes } = await readText(text, isPiped ? 'stdin' : file, async () =>
    isPiped ? NOTHING_BESIDE : (await import('./vars-beside.ts')).varsBeside(folder),
  )
  return { entries: entries.map((entry) => withKeyFile(entry, folder, home)), notes }
}

/**
 * A list in the format that its name and text show.
 *
 * @param beside what lies beside an inventory
 * @throws {HostListError}
 */
export async function readText(given: string, file: string, beside: () => Promise<VarsBeside>): Promise<HostList> {
  // Excel begins UTF-8 with a byte order mark.
  const text = given.startsWith('\uFEFF') ? given.slice(1) : given
  return await READERS[formatOf(file, text)](text, file, beside)
}

/** Loaded on demand: the YAML parser alone takes longer than all others together. */
const READERS: Readonly<Record<ListFormat, (text: string, file: string, beside: () => Promise<VarsBeside>) => Promise<HostList>>> = {
  plain: async (text, file) => (await import('./plain.ts')).readPlain(text, file),
  csv: async (text, file) => (await import('./csv.ts')).readCsv(text, file),
  yaml: async (text, file) => (await import('./yaml.ts')).readYamlList(text, file),
  'ansible-yaml': async (text, file, beside) => (await import('./ansible-yaml.ts')).readAnsibleYaml(text, file, await beside()),
  'ansible-ini': async (text, file, beside) => (await import('./ansible-ini.ts')).readAnsibleIni(text, file, await beside()),
}

const MOST_BYTES = 256 * 1024 * 1024

async function textOf(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk))
    bytes += chunk.length
    if (bytes > MOST_BYTES) throw failed(`is longer than ${MOST_BYTES} bytes`)
  }
  return Buffer.concat(chunks).toString('utf8')
}

async function textIn(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const code = codeOf(error)
    const why = code === 'EISDIR' ? 'is a folder: name a file in it' : code === 'ENOENT' ? 'is not there' : `cannot be read (${code})`
    // A cause would only say it again.
    throw new HostListError([{ origin: { file, line: null }, message: why }])
  }
}

function failed(message: string): HostListError {
  return new HostListError([{ origin: { file: 'stdin', line: null }, message }])
}

function withKeyFile(entry: HostEntry, folder: string, home: string): HostEntry {
  const { key } = entry
  return key === null ? entry : { ...entry, key: key.startsWith('~/') ? join(home, key.slice(2)) : resolve(folder, key) }
}
