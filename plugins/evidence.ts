import { textOf } from './answer.ts'
import basic from './builtin/basic.ts'
import disk, { diskSerials } from './builtin/disk.ts'
import nic, { permanentMacs } from './builtin/nic.ts'
import type { Probes } from './define.ts'
import { answersOf } from './evaluate.ts'
import { BOARD_PROBES, boardFacts } from './formats/board-sources.ts'
import { dmiIdentity, type DmiFacts } from './formats/dmi.ts'
import { canIdentify, macCanIdentify } from './formats/placeholders.ts'
import { textOrNull } from './formats/text.ts'
import { parseUname, parseUnameFields } from './formats/uname.ts'
import { hostKind, HOST_KIND_PROBES, type HostKind } from './formats/virtualization.ts'
import type { Capture } from './frames.ts'
import { fingerprints } from './host-keys.ts'

/** What is asked of every host, whatever plugins run; where they ask the same, it is asked once. */
export const EVIDENCE_PROBES = {
  'machine-id': { file: '/etc/machine-id' },
  'dbus-machine-id': { file: '/var/lib/dbus/machine-id' },
  'cloud-instance-id': { file: '/var/lib/cloud/data/instance-id' },
  'ssh-host-keys': { sh: 'set -- /etc/ssh/ssh_host_*_key.pub\n[ -e "$1" ] || exit 127\nexec cat "$@"' },
  'uname-fields': basic.probes['uname-fields'],
  uname: basic.probes.uname,
  ...HOST_KIND_PROBES,
  ...BOARD_PROBES,
  ...nic.probes,
  ...disk.probes,
} as const satisfies Probes

/** What identifies a host. The wire format (cmdb-api/contract.ts) says what each is, and takes the same. */
export interface Evidence {
  machineId?: string
  systemUuid?: string
  vendor?: string
  product?: string
  serial?: string
  boardSerial?: string
  chassisSerial?: string
  macs?: string[]
  diskSerials?: string[]
  sshHostKeys?: string[]
  cloudInstanceId?: string
  hostname?: string
}

/**
 * Who a host is, by all that can tell it from others. What it could not tell, and what is the same on many hosts, is left out. Never throws
 * for anything a host said.
 */
export function evidenceOf(capture: Capture): { readonly kind: HostKind['kind']; readonly evidence: Evidence } {
  const answers = answersOf(EVIDENCE_PROBES, capture)
  const kind = kindOf(answers)
  const uname = parseUnameFields(textOf(answers['uname-fields']) ?? '') ?? parseUname(textOf(answers.uname) ?? '')
  const hostname = textOrNull(uname?.hostname.replace(/\p{Cc}/gu, '').slice(0, 255))
  const own = {
    machineId: machineId(textOf(answers['machine-id'])) ?? machineId(textOf(answers['dbus-machine-id'])),
    cloudInstanceId: identifying(textOf(answers['cloud-instance-id'])),
    sshHostKeys: some(fingerprints(textOf(answers['ssh-host-keys']) ?? '')),
    hostname,
  }
  // SMBIOS, disks, and often the network hardware that a container sees are those of the machine it runs on.
  if (kind === 'container') return { kind, evidence: known(own) }
  const board = attempt(() => boardFacts(answers))
  const hardware = board?.status === 'ok' ? boardEvidence(board.facts, hostname) : {}
  return {
    kind,
    evidence: known({
      ...own,
      ...hardware,
      macs: some((attempt(() => permanentMacs(answers)) ?? []).filter(macCanIdentify)),
      diskSerials: some((attempt(() => diskSerials(answers)) ?? []).filter(isDiskSerial)),
    }),
  }
}

/** A host that could not be asked whether it is a virtual machine must not seem to have become another kind of host. */
function kindOf(answers: Parameters<typeof hostKind>[0]): HostKind['kind'] {
  const kind = attempt(() => hostKind(answers).kind) ?? 'unknown'
  const isHalf = Object.keys(HOST_KIND_PROBES).some((name) =>
    /^(?:timeout|truncated|failed)$/.test(answers[name as keyof typeof answers].status),
  )
  return isHalf && kind !== 'container' ? 'unknown' : kind
}

/** A serial number that only repeats what else the host is called is none. */
function boardEvidence(facts: DmiFacts, hostname: string | null): Record<string, string | null> {
  const { vendor, product, serial, uuid, boardSerial, chassisSerial } = dmiIdentity(facts)
  const names = [vendor, product, facts.version, facts.sku, facts.family, facts.boardProduct, facts.assetTag, hostname]
  const serialOf = (value: string | null): string | null => (names.includes(value) ? null : identifying(value))
  return {
    vendor,
    product,
    serial: serialOf(serial),
    systemUuid: uuid,
    boardSerial: serialOf(boardSerial),
    chassisSerial: serialOf(chassisSerial),
  }
}

function identifying(value: string | null): string | null {
  const text = textOrNull(value)
  return text === null || text.length > TEXT_CHARACTERS || !canIdentify(text) ? null : text
}

/** Hypervisors let people give virtual disks names instead of serial numbers; the same ones in every guest. */
function isDiskSerial(serial: string): boolean {
  return canIdentify(serial) && /\d/.test(serial)
}

/** machine-id(5): 32 hex digits; `uninitialized` until the first boot is through. */
function machineId(text: string | null): string | null {
  const id = text?.trim().toLowerCase().replaceAll('-', '') ?? ''
  return /^[0-9a-f]{32}$/.test(id) && canIdentify(id) ? id : null
}

/** What the wire format takes at most. */
const TEXT_CHARACTERS = 256
const LIST_ITEMS = 1024

function some(values: readonly string[]): string[] | null {
  const distinct = [...new Set(values.filter((value) => value.length <= TEXT_CHARACTERS))].toSorted()
  return distinct.length === 0 ? null : distinct.slice(0, LIST_ITEMS)
}

function known(values: Readonly<Record<string, string | readonly string[] | null>>): Evidence {
  const entries = Object.entries(values)
  return Object.fromEntries(entries.filter(([, value]) => value !== null && (typeof value !== 'string' || value.length <= TEXT_CHARACTERS)))
}

/** One source that cannot be read must not cost the others. */
function attempt<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}
