import type { Evidence, HostKind, Mode } from '../cmdb-api/contract.ts'
import type { Plugin } from '../plugins/define.ts'
import type { Parsed } from '../plugins/evaluate.ts'
import { MiddlewareError } from './errors.ts'
import { mask } from './middleware/mask.ts'
import { tag } from './middleware/tag.ts'

/** The host that is about to be collected. */
export interface Host {
  /** Its pinned name, else the name by which it is reached. */
  readonly name: string
  readonly mode: Mode
}

/** A report in the making: middleware may give back another one. Digests are computed after it. */
export interface Draft {
  readonly kind: HostKind
  readonly evidence: Evidence
  readonly labels: Readonly<Record<string, string>>
  /** By plugin name. Data is as the plugin parsed it, volatile fields included. */
  readonly sections: Readonly<Record<string, Parsed>>
}

export type Next = (host: Host) => Promise<Draft>

/** Wraps the collection of one host. */
export type Middleware = (host: Host, next: Next) => Promise<Draft>

export interface MiddlewareContext {
  /** The plugins that run. */
  readonly plugins: readonly Plugin[]
  /** Loads a file beside the settings, or an npm package. */
  readonly load: (specifier: string) => Promise<{ readonly default?: unknown }>
}

/** Makes a middleware from the options in the settings; throws MiddlewareError on options that make no sense. */
export type MiddlewareFactory = (options: unknown, context: Pick<MiddlewareContext, 'plugins'>) => Middleware

const BUILTINS: Readonly<Record<string, MiddlewareFactory>> = { mask, tag }

/** One entry of the setting `middleware`. */
export type MiddlewareSetting = string | readonly [name: string, options?: unknown]

/**
 * The middleware that the settings name, in their order, outermost first.
 *
 * @throws {MiddlewareError}
 */
export async function loadMiddleware(settings: readonly MiddlewareSetting[], context: MiddlewareContext): Promise<Middleware[]> {
  const loaded: Middleware[] = []
  for (const setting of settings) {
    const [name, options] = typeof setting === 'string' ? [setting] : setting
    const factory: unknown = Object.hasOwn(BUILTINS, name) ? BUILTINS[name] : (await context.load(name)).default
    if (typeof factory !== 'function')
      throw new MiddlewareError(`middleware ${name} has no default export: export default (options) => (host, next) => next(host)`)
    const made: unknown = (factory as MiddlewareFactory)(options, context) // A foreign function: what it makes is looked at next.
    if (typeof made !== 'function') throw new MiddlewareError(`middleware ${name} is no function of (host, next)`)
    loaded.push(made as Middleware)
  }
  return loaded
}

/** The collection inside its middleware, onion style: the first one is outermost. */
export function wrap(middleware: readonly Middleware[], core: Next): Next {
  return middleware.reduceRight<Next>((next, one) => (host) => one(host, next), core)
}
