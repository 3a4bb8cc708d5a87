import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import type { Evaluated } from './evaluate.ts'
import { plain } from './plain.ts'

// The settings file may lie where no node_modules is, as in /etc/rollcall: `rollcall` is the copy that runs.
const self = new URL(import.meta.url.endsWith('.ts') ? './define.ts' : './settings.js', import.meta.url).href
registerHooks({
  resolve: (specifier, context, next) => (specifier === 'rollcall' ? { url: self, shortCircuit: true } : next(specifier, context)),
})

const { file } = workerData as { readonly file: string } // Given by evaluate.ts.

async function run(): Promise<Evaluated> {
  try {
    const module = (await import(pathToFileURL(file).href)) as { readonly default?: unknown }
    if (!('default' in module)) return { error: 'has no default export: write `export default defineConfig({ ... })`' }
    return { settings: plain(await module.default) }
  } catch (error) {
    return { error: told(error) }
  }
}

function told(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${String(error)}`
  // Node reads a .ts file by the nearest package.json: one that says CommonJS, or a file elsewhere without `export`.
  const commonJs = error instanceof SyntaxError && file.endsWith('.ts') && /Unexpected token 'export'|import statement/.test(error.message)
  return `${error.name}: ${error.message}${commonJs ? ' (a package.json beside it says CommonJS: rename the file to .mts)' : ''}`
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
void run().then((result) => parentPort?.postMessage(result))
