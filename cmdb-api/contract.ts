import { Type, type Static, type TSchema } from 'typebox'

/**
 * The wire format between collector and API: the one file of cmdb-api that the collector may import. Strict in its envelope; what a section
 * holds is its plugin's business, so that an unknown field costs that section and never the report.
 */

export const MODES = ['agent', 'ssh', 'salt', 'import'] as const
export const HOST_KINDS = ['physical', 'vm', 'container', 'unknown'] as const
export const SECTION_STATUSES = ['ok', 'absent', 'denied', 'timeout', 'truncated', 'failed', 'skipped'] as const
export const OUTCOMES = ['created', 'updated', 'unchanged', 'incomplete', 'held', 'duplicate', 'stale', 'rejected'] as const

/** Most reports in one request, and most bytes of its unpacked body. */
export const BATCH_REPORTS = 100
export const BATCH_BYTES = 32 * 1024 * 1024

const closed = { additionalProperties: false }
const short = (description: string) => Type.String({ maxLength: 256, description })
const shorts = (description: string) => Type.Array(Type.String({ maxLength: 256 }), { maxItems: 1024, description })
/** `enum` rather than a union of constants: ajv checks it 3.5 times faster. */
const oneOf = <const W extends string>(words: readonly W[], description: string) =>
  Type.Unsafe<W>({ type: 'string', enum: words, description })

/** Not Type.Record, which would bring all of typebox into a collector's bundle. */
const mapOf = <const S extends TSchema>(pattern: string, of: S, description: string) =>
  Type.Unsafe<Record<string, Static<S>>>({
    type: 'object',
    patternProperties: { [pattern]: of },
    additionalProperties: false,
    maxProperties: 64,
    description,
  })

/** What identifies a host; everything optional, placeholders left out. */
export const Evidence = Type.Object(
  {
    machineId: Type.Optional(short('/etc/machine-id')),
    systemUuid: Type.Optional(short('SMBIOS system UUID, lower case')),
    vendor: Type.Optional(short('SMBIOS system manufacturer')),
    product: Type.Optional(short('SMBIOS product name')),
    serial: Type.Optional(short('SMBIOS system serial number')),
    boardSerial: Type.Optional(short('SMBIOS base board serial number')),
    chassisSerial: Type.Optional(short('SMBIOS chassis serial number; of an enclosure it is shared by its blades')),
    macs: Type.Optional(shorts('Permanent MAC addresses of physical interfaces, lower case')),
    diskSerials: Type.Optional(shorts('Serial numbers of whole disks')),
    sshHostKeys: Type.Optional(shorts('SHA256 fingerprints of the host keys')),
    cloudInstanceId: Type.Optional(short('Instance id given by the cloud')),
    hostname: Type.Optional(short('Name that the host calls itself')),
    cert: Type.Optional(short('Id of the cert that pins the name: a claim, not a proof')),
  },
  { ...closed, description: 'Identity evidence' },
)

const Identity = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 255, description: 'The pinned name' }),
    assetId: Type.Union([Type.String({ maxLength: 64 }), Type.Null()], { description: 'From the last receipt; null before the first' }),
    kind: oneOf(HOST_KINDS, 'What the host is'),
    evidence: Evidence,
  },
  closed,
)

/** One section as sent: an unchanged one carries no data. */
export const Section = Type.Object(
  {
    status: oneOf(SECTION_STATUSES, 'Only an ok section is compared with the register'),
    version: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Version of the plugin; of an ok section' })),
    digest: Type.Optional(
      Type.String({ pattern: '^sha256:[0-9a-f]{64}$', description: 'sha256 over the RFC 8785 form of data; of an ok section' }),
    ),
    data: Type.Optional(
      Type.Object(
        {},
        { description: 'What the plugin saw, at most 100,000 items in a list; left out where the digest is the one that the API has' },
      ),
    ),
    volatile: Type.Optional(Type.Object({}, { description: 'Latest values that are not history' })),
    reason: Type.Optional(Type.String({ maxLength: 4096, description: 'Why a section, or a part of it, could not be seen' })),
  },
  closed,
)

export const Report = Type.Object(
  {
    id: Type.String({
      pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$',
      description: 'UUID v7, made by the collector',
    }),
    seq: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Counted per host, kept with its cert' }),
    collectedAt: Type.String({ format: 'date-time', description: "By the collector's clock" }),
    collector: Type.Object(
      {
        version: short('Version of rollcall'),
        mode: oneOf(MODES, 'How the host was reached'),
        name: short('Name of the machine that ran the collector'),
      },
      closed,
    ),
    identity: Identity,
    labels: mapOf('^[A-Za-z][\\w.-]{0,63}$', Type.String({ maxLength: 256 }), 'Set by middleware'),
    sections: mapOf('^[a-z][a-z0-9-]{0,63}$', Section, 'By plugin; none is called asset, template or group'),
  },
  closed,
)

/** The body of POST /api/v1/reports; each report is validated by itself, so that a bad one costs only its own receipt. */
export const Batch = Type.Object({ reports: Type.Array(Type.Unknown(), { minItems: 1, maxItems: BATCH_REPORTS }) }, closed)

const Problem = Type.Object({ pointer: Type.String({ description: 'JSON Pointer into the report' }), message: Type.String() })

export const Receipt = Type.Object({
  reportId: Type.Union([Type.String(), Type.Null()], { description: 'null where the report had no readable id' }),
  outcome: oneOf(OUTCOMES, 'incomplete asks for the same report again with the sections in needs; every other outcome is final'),
  matchedBy: Type.Union([Type.String(), Type.Null()], { description: 'The rule that found the asset; new for one just made' }),
  identity: Type.Union([Type.Object({ name: Type.String(), assetId: Type.String() }), Type.Null()]),
  changeSetId: Type.Union([Type.String(), Type.Null()]),
  changes: Type.Integer({ description: 'Rows recorded in the history' }),
  needs: Type.Array(Type.String(), { description: 'Sections whose data the API does not have' }),
  warnings: Type.Array(Type.String()),
  errors: Type.Array(Problem),
})

export const Receipts = Type.Object({ receipts: Type.Array(Receipt) })

export type Evidence = Static<typeof Evidence>
export type Section = Static<typeof Section>
export type Report = Static<typeof Report>
export type Receipt = Static<typeof Receipt>
export type Mode = (typeof MODES)[number]
export type HostKind = (typeof HOST_KINDS)[number]
