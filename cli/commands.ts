/** Runs a command with its own arguments, and gives the exit status. */
export type Command = (args: readonly string[]) => Promise<number>

interface Entry {
  readonly summary: string
  readonly load: () => Promise<{ readonly default: Command }>
  /** Ends in good order by itself when nobody reads any more what it prints. */
  readonly endsItself?: true
}

/** Every command, in the order of the help. */
export const COMMANDS: Readonly<Record<string, Entry>> = {
  up: { summary: 'API, SQLite and this machine in one process: the way to try rollcall', load: () => import('./up.ts') },
  serve: { summary: 'The API', load: () => import('./serve.ts') },
  collect: { summary: 'Take stock of this machine: print the report, or post it', load: () => import('./collect.ts') },
  agent: { summary: 'This machine on schedule, as a service', load: () => import('./agent.ts') },
  ssh: { summary: 'Collect many hosts over SSH, nothing installed on them', load: () => import('./ssh.ts'), endsItself: true },
  salt: { summary: 'Collect minions of a Salt master', load: () => import('./salt.ts'), endsItself: true },
  assets: { summary: 'List what the register holds', load: () => import('./assets.ts') },
  asset: { summary: 'Show one asset, now or at an earlier time', load: () => import('./asset.ts') },
  changes: { summary: 'What changed, and when', load: () => import('./changes.ts') },
  template: { summary: 'What agents run, and how often, decided in the centre', load: () => import('./template.ts') },
  group: { summary: 'Groups of assets, for templates and tasks', load: () => import('./group.ts') },
  'collect-now': { summary: 'Have agents collect their hosts now', load: () => import('./collect-now.ts') },
  script: { summary: 'Print the script that hosts are asked to run', load: () => import('./script.ts') },
  parse: { summary: 'Print the sections of a recorded capture', load: () => import('./parse.ts') },
  record: { summary: "Record this machine's raw answers as a capture", load: () => import('./record.ts') },
  import: { summary: 'Post a recorded capture', load: () => import('./import.ts') },
  cert: { summary: 'The pinned name of this host: show, pin, reset', load: () => import('./cert.ts') },
  config: { summary: 'Every setting, and where it came from', load: () => import('./config.ts') },
  plugins: { summary: 'What is collected, and by which probes', load: () => import('./plugins.ts') },
  doctor: { summary: 'What is wrong here, and how to mend it', load: () => import('./doctor.ts') },
  token: { summary: 'Tokens for the API: create, list, revoke', load: () => import('./token.ts') },
  db: { summary: 'The database: migrate, backup', load: () => import('./db.ts') },
}
