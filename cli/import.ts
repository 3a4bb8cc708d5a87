import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { collectHost } from '../collector/collect.ts'
import { readCert } from '../collector/cert.ts'
import { hash } from 'node:crypto'
import { commandLine, parse, type CommonOptions } from './command-line.ts'
import { UsageError } from './errors.ts'
import { post } from './post.ts'
import { readCapture } from './read-capture.ts'
import { loadMiddleware, loadPlugins, setup } from './setup.ts'
import { VERSION } from './version.ts'

interface Options extends CommonOptions {
  readonly name?: string
  readonly json?: true
}

/** Posts a recorded capture, as if its host had been collected now. */
export default async function importCapture(args: readonly string[]): Promise<number> {
  const command = commandLine('import', {
    description: 'Post a recorded capture: a host without network, or one that was collected by hand.',
    examples: [
      ['rollcall import captures/web-01', 'a folder that "rollcall record" wrote'],
      ['rollcall import web-01.capture --name web-01', "a script's output, under the name that the register shall use"],
    ],
  })
    .argument('<capture>', 'folder, file, or - for standard input')
    .option('--name <name>', 'name of the host; else its pinned one, the one in the capture, or its hostname')
    .option('--json', 'print the receipts as JSON')
  const { options, operands } = parse<Options>(command, args)
  const loaded = await setup(options)
  const plugins = await loadPlugins(loaded)
  const { note, ...capture } = await readCapture(operands[0]!)
  const address = options.name ?? note.host
  if (address === undefined) throw new UsageError('the capture does not tell the name of its host: add --name NAME')
  // A host that is imported has its cert here, by the name under which it is imported.
  const certFile = join(loaded.folder, 'imported', `${hash('sha256', address, 'hex').slice(0, 16)}.cert`)
  const cert = await readCert(certFile)
  const time = note.time === undefined ? Number.NaN : Date.parse(note.time)
  const collected = await collectHost({
    // What was never asked is not gone: a capture of a few plugins says nothing of the others.
    plugins: plugins.filter(({ probes }) => Object.keys(probes).some((name) => name in capture.probes)),
    middleware: await loadMiddleware(loaded, plugins),
    run: () => Promise.resolve(capture),
    cert: cert ?? (options.name === undefined ? null : { name: options.name, id: null, assetId: null, seq: 0 }),
    pin: true,
    address,
    collector: { version: VERSION, mode: 'import', name: hostname() },
    now: () => (Number.isNaN(time) ? Date.now() : time),
  })
  return await post({ collected, loaded: { ...loaded, certFile: resolve(certFile) }, json: options.json === true })
}
