import { existsSync } from 'node:fs'
import { connect } from '../repository/connect.ts'
import { migrate } from '../repository/migrations/index.ts'
import { commandLine, parse } from './command-line.ts'
import { UsageError } from './errors.ts'
import { EXIT } from './exit.ts'
import { setup } from './setup.ts'
import { databaseOf } from './start-server.ts'
import { print } from './text.ts'

/** Works on the database itself, without the API. */
export default async function db(args: readonly string[]): Promise<number> {
  const command = commandLine('db', {
    description: 'The database: bring it to this version, or back it up while the API runs.',
    examples: [
      ['rollcall db migrate', 'done by "rollcall serve" too, at its start'],
      ['rollcall db backup rollcall-2026-12-31.db', 'a copy that is whole, SQLite only; with PostgreSQL use pg_dump'],
    ],
  })
    .argument('<action>', 'migrate or backup')
    .argument('[file]', 'with backup: the file to write')
  const { options, operands } = parse(command, args)
  const [action, file] = operands
  if (action !== 'migrate' && action !== 'backup')
    throw new UsageError(`"rollcall db ${action}" is nothing: there are migrate and backup FILE`)
  const register = await connect(databaseOf(await setup(options)))
  try {
    if (action === 'migrate') {
      const steps = await migrate(register)
      print(steps.length === 0 ? 'the database is of this version' : `done: ${steps.join(', ')}`)
      return EXIT.done
    }
    if (file === undefined) throw new UsageError('which file shall it write? "rollcall db backup FILE"')
    if (existsSync(file)) throw new UsageError(`${file} exists: a backup never overwrites one`)
    await register.dialect.backup(file)
    print(`the register is backed up in ${file}`)
    return EXIT.done
  } finally {
    await register.close()
  }
}
