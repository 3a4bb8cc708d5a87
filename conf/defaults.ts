import type { Settings } from './schema.ts'

/** What is in force where no layer says otherwise. */
export const DEFAULTS: Settings = {
  api: { url: null, token: null, ca: null, timeoutSeconds: 30 },
  plugins: ['...'],
  middleware: [],
  identity: { cert: null },
  become: null,
  agent: { every: '1h', jitter: '5m', plugins: {}, central: true },
  spool: { maxMb: 256 },
  ssh: {
    user: null,
    key: null,
    passphrase: null,
    password: null,
    agent: null,
    client: 'ssh2',
    concurrency: 200,
    perGateway: 50,
    perSubnet: null,
    hostKeys: 'accept-new',
    become: null,
    sudoPassword: null,
    connectSeconds: 10,
    hostSeconds: 60,
    retries: 2,
  },
  salt: { via: 'program', url: null, ca: null, user: null, password: null, eauth: 'pam', batch: 100, timeoutSeconds: 60 },
  server: { host: '127.0.0.1', port: 8700, database: null, tls: null, staleAfter: '2d', configUpdateSeconds: 300 },
}
