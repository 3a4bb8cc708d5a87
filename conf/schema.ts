import { Type, type Static, type TSchema } from 'typebox'
import type { Node } from './tree.ts'

/**
 * Every setting, once: meaning, type, and what it may hold. Defaults are in `defaults.ts`, so that a start without settings need not load
 * a schema. Keywords of our own:
 *
 * - `expects`: what an error says should have stood there.
 * - `secret`: `value` for a secret, which must be a reference; `url` for a URL, which must be one when it holds a password.
 * - `isPath`: a file, relative to the settings file that names it (or to the working folder); `~/` is the user's home.
 *
 * And a format of our own: `address`, a URL that can be one.
 */
export interface Keywords {
  readonly description: string
  readonly expects?: string
  readonly secret?: 'value' | 'url'
  readonly isPath?: true
}

const text = (description: string, more: Omit<Keywords, 'description'> = {}) => Type.String({ minLength: 1, description, ...more })
const textOrNull = (description: string, more: Omit<Keywords, 'description'> & { pattern?: string; format?: 'address' } = {}) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], minLength: 1, description, ...more })
const whole = (minimum: number, maximum: number, description: string) => Type.Integer({ minimum, maximum, description })
const duration = (description: string) =>
  Type.String({ pattern: '^[1-9]\\d{0,5}[smhd]$', description, expects: "a duration such as '90s', '5m', '1h' or '2d'" })
const schedule = (description: string) =>
  Type.String({
    pattern: '^([1-9]\\d{0,5}[smhd]|(TZ=[A-Za-z0-9_+/-]{1,64} )?[^ =]{1,200}( [^ =]{1,200}){4})$',
    description,
    expects: "a duration such as '15m', or cron fields such as '0 3 * * *' or 'TZ=Europe/Berlin 0 3 * * *'",
  })
const become = (description: string) => Type.Unsafe<'sudo' | null>({ type: ['string', 'null'], enum: ['sudo', null], description })
const group = <P extends Record<string, TSchema>>(description: string, fields: P) =>
  Type.Object(fields, { additionalProperties: false, description })

const SECRET_HINT = "a reference to a secret: 'env:NAME', 'file:/path' or 'credential:NAME'"

export const schema = group('All settings.', {
  api: group('The API that reports are posted to and the register is read from.', {
    url: textOrNull('Address of the API. null: the API on this machine, found in the data folder.', {
      pattern: '^https?://[^\\s@]+$',
      format: 'address',
      expects: "an address such as 'https://cmdb.example:8700'",
    }),
    token: textOrNull('Token for the API. null: the one that the API on this machine left in the data folder.', {
      secret: 'value',
      expects: SECRET_HINT,
    }),
    ca: textOrNull("PEM file of the authority that signed the API's certificate. null: the authorities that Node knows.", { isPath: true }),
    timeoutSeconds: whole(1, 3600, 'Seconds to wait for an answer of the API.'),
  }),
  plugins: Type.Array(Type.String({ minLength: 1 }), {
    description:
      "What is collected, in order: built-in names, files beside the settings ('./rack.ts'), npm packages; '...' is the default list, '-x' drops one.",
    expects: "a list of plugin names such as ['...', 'raid', '-user', './rack.ts']",
  }),
  middleware: Type.Array(
    Type.Unsafe<string | readonly [name: string, options: Readonly<Record<string, unknown>>]>({
      type: ['string', 'array'],
      minLength: 1,
      minItems: 1,
      maxItems: 2,
      prefixItems: [{ type: 'string', minLength: 1 }, { type: 'object' }],
    }),
    {
      description:
        "What wraps the collection of one host, outermost first: a name, or a name with options, as in ['tag', { site: 'fra1' }].",
      expects: "a list of names, or of [name, options], as in [['tag', { site: 'fra1' }]]",
    },
  ),
  identity: group('The pinned name of this host.', {
    cert: textOrNull("Cert file. null: 'cert' in the data folder.", { isPath: true }),
  }),
  become: become("'sudo': as another user than root, collect this machine through `sudo -n`. null: what needs root is `denied`."),
  agent: group('Agent mode: this machine, on schedule.', {
    every: schedule("When this machine is collected: a duration, or five cron fields, with 'TZ=Zone ' in front for another time zone."),
    jitter: duration('Collections start up to this much later, at random, so that a fleet does not post at the same moment.'),
    plugins: Type.Unsafe<Readonly<Record<string, string>>>({
      type: 'object',
      patternProperties: { '^.*$': schedule('When the plugin runs.') },
      description: "Plugins with a schedule of their own, as in { software: '1d', disk: '0 3 * * *' }.",
      expects: "plugin names with schedules, as in { software: '1d', disk: '0 3 * * *' }",
    }),
    central: Type.Boolean({
      description:
        'Whether the API may decide. Where it names services for this host, they replace `every` and `plugins`. Its one-off tasks are done, too. false: it is not asked.',
    }),
  }),
  spool: group('Reports that wait on this disk until the API has answered.', {
    maxMb: whole(1, 1_048_576, 'Megabytes the spool may grow to; then the oldest full reports give way, and are counted.'),
  }),
  ssh: group('Central mode: other hosts over SSH.', {
    user: textOrNull('Login name. null: what ~/.ssh/config says, else the name of the user who runs rollcall.'),
    key: textOrNull('Private key file. null: the keys of the ssh-agent, then those in ~/.ssh.', { isPath: true }),
    passphrase: textOrNull('Passphrase of the private key.', { secret: 'value', expects: SECRET_HINT }),
    password: textOrNull('Password for hosts that take no key. It is never sent to a host whose key is not known yet.', {
      secret: 'value',
      expects: SECRET_HINT,
    }),
    agent: textOrNull('Socket of the ssh-agent. null: the one in SSH_AUTH_SOCK, if any.', { isPath: true }),
    client: Type.Unsafe<'ssh2' | 'openssh'>({
      type: 'string',
      enum: ['ssh2', 'openssh'],
      description:
        "'ssh2' is built in and fast; 'openssh' runs the system's ssh, for post-quantum-only servers, certificates and ProxyCommand.",
    }),
    concurrency: whole(1, 10_000, 'Hosts collected at the same time.'),
    perGateway: whole(1, 10_000, 'Of these, at most so many behind the same gateway.'),
    perSubnet: Type.Unsafe<number | null>({
      type: ['integer', 'null'],
      minimum: 1,
      maximum: 10_000,
      description: 'Of these, at most so many in the same /24 (IPv4) or /64 (IPv6). null: no limit.',
    }),
    hostKeys: Type.Unsafe<'strict' | 'accept-new' | 'off'>({
      type: 'string',
      enum: ['strict', 'accept-new', 'off'],
      description: "Unknown host keys: 'strict' refuses, 'accept-new' remembers on first contact, 'off' does not check.",
    }),
    become: become(
      "'sudo': collect as root through sudo on the host; where it refuses, nothing is collected. null: what needs root is `denied`.",
    ),
    sudoPassword: textOrNull('What sudo on the host is told where it asks. null: it must not ask (NOPASSWD).', {
      secret: 'value',
      expects: SECRET_HINT,
    }),
    connectSeconds: whole(1, 600, 'Seconds for connecting and logging in to one host.'),
    hostSeconds: whole(1, 3600, 'Seconds for one host altogether.'),
    retries: whole(
      0,
      10,
      'Further tries of a host where one may help (no answer, connection cut), after 2 s, 8 s, then 32 s each. A refused login is never tried again.',
    ),
  }),
  salt: group('Salt mode: minions of a Salt master, nothing else installed on them.', {
    via: Type.Unsafe<'program' | 'api'>({
      type: 'string',
      enum: ['program', 'api'],
      description: "'program' runs `salt`, and is for the master itself; 'api' asks salt-api over HTTPS, from anywhere.",
    }),
    url: textOrNull('Address of salt-api.', {
      pattern: '^https://[^\\s@]+$',
      format: 'address',
      expects: "an address such as 'https://salt.example:8000'",
    }),
    ca: textOrNull("PEM file of the authority that signed salt-api's certificate. null: the authorities that Node knows.", {
      isPath: true,
    }),
    user: textOrNull('Who logs in to salt-api.'),
    password: textOrNull('Password of that user.', { secret: 'value', expects: SECRET_HINT }),
    eauth: text("Which backend of the master's external_auth knows the user: 'pam', 'ldap', 'auto', ..."),
    batch: whole(1, 10_000, 'Minions collected at the same time.'),
    timeoutSeconds: whole(1, 3600, 'Seconds for the script on one minion.'),
  }),
  server: group('The API and web pages (`rollcall serve`, `rollcall up`).', {
    host: text('Address to listen on.'),
    port: whole(0, 65_535, 'Port to listen on; 0 takes a free one. `ROLLCALL_PORT` sets it too.'),
    database: textOrNull(
      "'sqlite:///path' or 'postgres://...'; with a password, a reference to a secret. null: rollcall.db in the data folder.",
      {
        secret: 'url',
        pattern: '^(sqlite|postgres|postgresql)://.|^(env|file|credential):.',
        expects: "'sqlite:///path/rollcall.db', 'postgres://host/name', or a reference such as 'env:NAME' where it holds a password",
      },
    ),
    tls: Type.Unsafe<{ readonly cert: string; readonly key: string } | null>({
      type: ['object', 'null'],
      properties: {
        cert: text('PEM file of the certificate, with its chain.', { isPath: true }),
        key: text('PEM file of the private key.', { isPath: true }),
      },
      required: ['cert', 'key'],
      additionalProperties: false,
      description: 'Certificate and key files, as in { cert: ..., key: ... }. null: plain HTTP.',
    }),
    staleAfter: duration('An asset or section not seen for this long is flagged as stale. Nothing is removed.'),
    configUpdateSeconds: whole(1, 86_400, 'Seconds after which an agent asks again what templates and groups say for it.'),
  }),
})

/** The schema to walk through. Typebox's types leave out the JSON Schema that its objects are. */
export const tree = schema as Node

/** All settings, complete: every default is filled in. */
export type Settings = Static<typeof schema>
