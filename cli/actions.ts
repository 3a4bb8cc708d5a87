import { nearest } from '../conf/nearest.ts'
import { UsageError } from './errors.ts'

/** One of the things that a command does, by name; a name that is none of them is wrong use, told with the right ones. */
export function actionOf<T>(command: string, actions: Readonly<Record<string, T>>, name: string): T {
  if (Object.hasOwn(actions, name)) return actions[name]!
  const near = nearest(name, Object.keys(actions))
  throw new UsageError(
    `"rollcall ${command} ${name}" is nothing${near === null ? '.' : `; did you mean ${near}?`} There are ${Object.keys(actions).join(', ')}`,
  )
}

/** What must stand behind an action. */
export function needed(value: string | undefined, missing: string): string {
  if (value === undefined) throw new UsageError(missing)
  return value
}
