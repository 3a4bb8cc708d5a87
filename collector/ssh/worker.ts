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

type ThreadSurroundings = Surroundings & { readonly memo: SectionMemo }

let surroundings: Promise<ThreadSurroundings> | null = null
let newHostKeys: string[] = []

/**
 * Loads what all hosts need. Called once by the pool before any host, so that a mistake in the settings is told once.
 *
 * @throws {PluginError | MiddlewareError | StorageError}
 */
export async function begin(): Promise<void> {
  surroundings ??= prepareThread(workerData as ThreadSetup) // Given by the pool.
  await surroundings
}

/** One host: connected, asked, parsed, checked and digested here; its report goes back as text. Never throws. */
export default async function collect(target: Target): Promise<TargetResult> {
  const begun = performance.now()
  const common = { key: entryKey(target), name: target.name ?? target.address }
  try {
    // A thread that replaces a broken one has not begun yet.
    surroundings ??= prepareThread(workerData as ThreadSetup)
    const all = await surroundings
    const { report, cert, before } = await collectTarget(target, all)
    const packed = pack(report, (section) => all.memo.jsonOf(section))
    return { ...common, ...rest(begun), name: report.identity.name, status: 'ok', ...packed, cert, before }
  } catch (error) {
    // Anything else is a mistake of ours, at this host: the others must not suffer.
    const failure = error instanceof HostFailure ? error : new HostFailure('parse', `${target.address}: ${String(error)}`, { cause: error })
    const { reason, message, retryable } = failure
    return { ...common, ...rest(begun), status: 'failed', cause: reason, message, retryable }
  }
}

function rest(begun: number): Pick<TargetResult, 'ms' | 'newHostKeys'> {
  const lines = newHostKeys
  newHostKeys = []
  return { ms: Math.round(performance.now() - begun), newHostKeys: lines }
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
  const onNewKey = (line: string): void => {
    // The next connection to the same end finds it known.
    known.add(line, files[0]!)
    newHostKeys.push(line)
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
    onNewKey,
  }
}
