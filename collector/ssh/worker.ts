import { workerData } from 'node:worker_threads'
import { distrust } from '../../conf/trusted.ts'
import { nearest } from '../../conf/nearest.ts'
import { importDefault } from '../../plugins/foreign.ts'
import { loadPlugins } from '../../plugins/load.ts'
import { checksFor } from '../foreign-checks.ts'
import { prepare } from '../job.ts'
import { loadMiddleware, type MiddlewareSetting } from '../middleware.ts'
import { pack } from '../packed-report.ts'
import { SectionMemo } from '../section-memo.ts'
import { HostFailure } from './causes.ts'
import { collectTarget, type Surroundings } from './collect-target.ts'
import { Keyring } from './credentials.ts'
import { knownHostsFiles, readKnownHosts } from './host-key-files.ts'
import { Gateways } from './jump.ts'
import type { TargetResult } from './results.ts'
import { entryKey, type Target } from './target.ts'

/** What a thread is started with. Plain data: names, paths and settings. */
export interface ThreadSetup {
  readonly plugins: readonly string[]
  /** Folder of the settings that name the plugins. */
  readonly pluginFolder: string
  readonly middleware: readonly MiddlewareSetting[]
  readonly middlewareFolder: string
  readonly dataFolder: string
  /** As `beginSeq` says; 0 where nothing is pinned. */
  readonly lastSeq: number
  readonly collector: Surroundings['collector']
  /** Whether the reports are to be posted, and so pin names. */
  readonly pin: boolean
}

interface ThreadSurroundings extends Omit<Surroundings, 'onNewKey'> {
  readonly memo: SectionMemo
  /** The next connection to the same end finds its key known. */
  readonly learn: (line: string) => void
}

let surroundings: Promise<ThreadSurroundings> | null = null
/** Lines for known_hosts of gateways, until a host takes them along. */
let newGatewayKeys: string[] = []

/** An error as it can leave a thread: on its way an `Error` loses its class, and with that its name. */
export interface Fault {
  readonly name: string
  readonly message: string
  readonly stack: string
  readonly cause: string | null
}

/** Loads what all hosts need; null where that went well. Called once by the pool before any host, so that a mistake in the settings is told once. */
export async function begin(): Promise<Fault | null> {
  try {
    surroundings ??= prepareThread(workerData as ThreadSetup) // Given by the pool.
    await surroundings
    return null
  } catch (error) {
    const { name, message, stack = '', cause } = error instanceof Error ? error : new Error(String(error))
    return { name, message, stack, cause: cause instanceof Error ? cause.message : null }
  }
}

/** One host: connected, asked, parsed, checked and digested here; its report goes back as text. Never throws. */
export default async function collect(target: Target): Promise<TargetResult> {
  const begun = performance.now()
  const common = { key: entryKey(target), name: target.name ?? target.address }
  const newKeys: string[] = []
  try {
    // A thread that replaces a broken one has not begun yet.
    surroundings ??= prepareThread(workerData as ThreadSetup)
    const all = await surroundings
    const onNewKey = (line: string): void => {
      all.learn(line)
      newKeys.push(line)
    }
    const { report, cert, before } = await collectTarget(target, { ...all, onNewKey })
    const packed = pack(report, (section) => all.memo.jsonOf(section))
    return { ...common, ...rest(begun, newKeys), name: report.identity.name, status: 'ok', ...packed, cert, before }
  } catch (error) {
    // Anything else is a mistake of ours, at this host: the others must not suffer.
    const failure =
      error instanceof HostFailure ? error : new HostFailure('internal', `${target.address}: ${String(error)}`, { cause: error })
    const { reason, message, retryable } = failure
    return { ...common, ...rest(begun, newKeys), status: 'failed', cause: reason, message, retryable }
  }
}

function rest(begun: number, newKeys: readonly string[]): Pick<TargetResult, 'ms' | 'newHostKeys'> {
  const newHostKeys = [...newGatewayKeys, ...newKeys]
  newGatewayKeys = []
  return { ms: Math.round(performance.now() - begun), newHostKeys }
}

async function prepareThread({
  plugins: names,
  pluginFolder,
  middleware,
  middlewareFolder,
  dataFolder,
  lastSeq,
  collector,
  pin,
}: ThreadSetup): Promise<ThreadSurroundings> {
  const plugins = await loadPlugins(names, { folder: pluginFolder, distrust, nearest })
  const files = knownHostsFiles(dataFolder)
  const known = await readKnownHosts(files)
  const keyring = new Keyring()
  const learn = (line: string): void => known.add(line, files[0]!)
  const onNewKey = (line: string): void => {
    learn(line)
    newGatewayKeys.push(line)
  }
  return {
    plugins,
    middleware: await loadMiddleware(middleware, {
      plugins,
      load: async (name) => ({ default: await importDefault(name, { folder: middlewareFolder, distrust }) }),
    }),
    checkOf: await checksFor(plugins),
    collector,
    pin,
    now: Date.now,
    memo: new SectionMemo(),
    job: prepare(plugins),
    keyring,
    known,
    knownHostsFiles: files,
    gateways: new Gateways({ keyring, known, onNewKey }),
    dataFolder,
    lastSeq,
    learn,
  }
}
