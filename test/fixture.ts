import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { writeFolder } from '../plugins/capture.ts'
import { evaluate } from '../plugins/evaluate.ts'
import { FrameReader } from '../plugins/frames.ts'
import { BUILTINS } from '../plugins/index.ts'
import { buildScript } from '../plugins/script.ts'
import { checkFor } from '../plugins/validate.ts'
import { FIXTURES, goldenOf } from './plugins/recorded.ts'

/** `npm run fixture -- PLUGIN CASE` records what this machine answers to one plugin, and what the plugin makes of it. */
const [name, label] = process.argv.slice(2)
const load = BUILTINS[name ?? '']
if (load === undefined || label === undefined || !/^[a-z0-9][a-z0-9.-]*$/.test(label)) {
  process.stderr.write('usage: npm run fixture -- PLUGIN CASE, such as: disk debian-12--nvme-vm\n')
  process.stderr.write(`plugins: ${Object.keys(BUILTINS).join(', ')}\n`)
  process.exit(2)
}

const plugin = (await load()).default
const nonce = randomBytes(16).toString('hex')
const { stdout, stderr } = spawnSync('sh', ['-s'], { input: buildScript(plugin.probes, { nonce }), maxBuffer: 2 ** 28 })
const reader = new FrameReader(nonce)
reader.push('stdout', stdout)
reader.push('stderr', stderr)
const capture = reader.finish(Object.keys(plugin.probes))

const folder = join(FIXTURES, plugin.name, label)
// Neither the host's name nor the hour belongs to what a fixture shows.
mkdirSync(folder, { recursive: true })
writeFolder(folder, capture, { host: label, time: new Date().toISOString().slice(0, 10) })
const section = evaluate(plugin, capture, checkFor(plugin))
writeFileSync(join(folder, 'expected.json'), `${JSON.stringify(goldenOf(section), null, 2)}\n`)
process.stdout.write(`${relative('.', folder)}: ${section.status}\n`)
process.stdout.write('Read what it recorded before you commit it: replace serials, addresses and names that are not yours to give away.\n')
