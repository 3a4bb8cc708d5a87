import { rmSync } from 'node:fs'
import { build, type Plugin } from 'rolldown'
import manifest from './package.json' with { type: 'json' }
import { prepare, type Job } from './collector/job.ts'
import { BUILTINS, DEFAULTS } from './plugins/index.ts'

/**
 * Makes dist/, or the folder that is named: what is published. Started from source, a hundred small files cost more than the collection
 * itself. What only the server and the SSH mode need stays outside, as dependencies of the package; the rest is bundled, so that an agent's
 * host needs dist/ alone. typebox is both: users' plugins may import it.
 */
const OUTSIDE = Object.keys(manifest.dependencies)
  .filter((name) => name !== 'typebox')
  .map((name) => new RegExp(`^${name}(/|$)`))

/**
 * Two files for all that a collection of this machine loads, for every further one costs half a millisecond: what starts the script, and what is
 * loaded while it runs. Their own imports come along.
 */
const COLLECT = ['cli/collect.ts']
const PLUGINS = ['cli/collect-here.ts', 'plugins/load.ts', ...DEFAULTS.map((name) => `plugins/builtin/${name}.ts`)]

/** What an idle agent holds for years. */
const AGENT = ['cli/agent.ts', 'cli/agent-run.ts']

/** What a collection begins with, before its script runs, and what it shares with an agent: neither loads the other. */
const START = ['main', 'setup', 'text', 'exit', 'version', 'without-optimizing'].map((name) => `cli/${name}.ts`).concat('collector/cert.ts')

/** The script of the default plugins, so that it can start before they are loaded. */
const builtJob: Plugin = {
  name: 'built-job',
  load: async (id) => {
    if (!id.endsWith('/collector/built-job.ts')) return null
    const plugins = await Promise.all(DEFAULTS.map(async (name) => (await BUILTINS[name]!()).default))
    const { script, ...job } = prepare(plugins)
    return `export const BUILT_JOB = ${JSON.stringify({ ...job, script } satisfies Job)}`
  },
}

/** As an ES module, node:crypto runs all its lazy getters, WebCrypto among them: 3 ms and 5 MB for each start. */
const cryptoAsItIs: Plugin = {
  name: 'crypto-as-it-is',
  renderChunk: (code) =>
    code.replaceAll(
      /^import \{([^}]+)\} from "node:crypto";$/gm,
      (_, names: string) => `const {${names.replaceAll(' as ', ': ')}} = process.getBuiltinModule("node:crypto");`,
    ),
}

const [folder = 'dist'] = process.argv.slice(2)
rmSync(folder, { recursive: true, force: true })
await build({
  input: {
    main: 'cli/main.ts',
    settings: 'conf/define.ts',
    plugin: 'plugins/author.ts',
    'evaluate-worker': 'conf/evaluate-worker.ts',
    'ssh-worker': 'collector/ssh/worker.ts',
  },
  platform: 'node',
  external: OUTSIDE,
  plugins: [builtJob, cryptoAsItIs],
  // Built-in plugins are imported on demand by name, and at once by what collects evidence: here they share a file anyway.
  checks: { ineffectiveDynamicImport: false },
  output: {
    dir: folder,
    format: 'esm',
    // Names stay, for the stack traces of bug reports.
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
    chunkFileNames: '[name].js',
    codeSplitting: {
      groups: [
        { name: 'start', priority: 2, test: (id) => START.some((file) => id.endsWith(`/${file}`)) },
        { name: 'agent', priority: 1, test: (id) => AGENT.some((file) => id.endsWith(`/${file}`)) },
        { name: 'collect', test: (id) => COLLECT.some((file) => id.endsWith(`/${file}`)) },
        { name: 'plugins', test: (id) => PLUGINS.some((file) => id.endsWith(`/${file}`)) },
      ],
    },
  },
})
