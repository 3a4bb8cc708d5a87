import type { Plugin } from '../../plugins/define.ts'
import { parseSection } from '../../plugins/evaluate.ts'
import { accounts, groups } from '../../plugins/formats/passwd.ts'
import { lines } from '../../plugins/formats/text.ts'
import { canIdentify } from '../../plugins/formats/placeholders.ts'
import type { Capture } from '../../plugins/frames.ts'
import { evidenceOf } from '../../plugins/evidence.ts'
import { tableSerials } from './smbios.ts'

/** What is private in a capture and cannot be told by its form alone; all in lower case. */
export interface Private {
  /** Serial numbers, asset tags and the like. */
  readonly serials: ReadonlySet<string>
  /** Hosts, domains and people. */
  readonly names: ReadonlySet<string>
  /** IP addresses, without prefix length. */
  readonly addresses: ReadonlySet<string>
  /** Texts that a capture must keep: packages, versions, makers and models. */
  readonly facts: ReadonlySet<string>
}

/** Fields by which one host can be told from others of its kind, by how they are named; a plugin names its own in the same way. */
const PRIVATE_FIELD = /(?:serial|uuid|wwn|tag|label|hostname|fqdn|server|instanceId|machineId)s?$/i
const ADDRESS_FIELD = /(?:address|gateways|dnsServers|ipv4|ipv6)$/
const NAME_FIELD = /(?:hostname|fqdn|server)s?$/i
/** Fields that are the same on all hosts with the same hardware and software. */
const FACT_FIELD = /(?:version|firmware|kernel|model|product|vendor|manufacturer|family|sku|partNumber|\.os[A-Z]\w+)$/i

/** Reads a capture as the register would, and as a curious person would. */
export function learn(capture: Capture, plugins: readonly Plugin[]): Private {
  const fields = [...sectionFields(capture, plugins), ...Object.entries(evidenceOf(capture).evidence)]
  const facts = lower(
    fields.flatMap(([path, value]) =>
      path.startsWith('software.') || (FACT_FIELD.test(path) && !PRIVATE_FIELD.test(path)) ? texts(value) : [],
    ),
  )
  const found = fields.filter(([path]) => PRIVATE_FIELD.test(path))
  const text = (name: string): string => capture.probes[name]?.stdout ?? ''
  const outputs = Object.values(capture.probes).map(({ stdout }) => stdout)
  const serials = [
    ...found.flatMap(([path, value]) => (NAME_FIELD.test(path) ? [] : texts(value))),
    ...outputs.flatMap((output) => behind(SERIAL, output)),
    ...tableSerials(text('dmi-tables')),
    ...lines(text('cloud-instance-id')),
  ]
  const names = [
    ...found.flatMap(([path, value]) => (NAME_FIELD.test(path) ? texts(value) : [])),
    ...(/^\S+ (\S+) /.exec(text('uname-fields') || text('uname'))?.slice(1) ?? []),
    ...hostsNames(text('etc-hosts')),
    ...lines(text('etc-resolv-conf')).flatMap((line) => /^\s*(?:search|domain)\s(.*)/.exec(line)?.[1]?.split(/\s+/) ?? []),
    ...people(text('etc-passwd'), text('etc-group')),
    // Who built the kernel, and where: often the very people whose host it is.
    ...(/ \((\S{1,64})@(\S{1,255})\) /.exec(text('proc-version'))?.slice(1) ?? []),
    ...[text('mountinfo'), text('df'), text('mount')].flatMap(fileServers),
    ...outputs.flatMap((output) => behind(NAME, output)),
  ]
  const isFact = (one: string): boolean => facts.has(one)
  return {
    serials: new Set([...lower(serials)].flatMap(bare).filter((one) => canIdentify(one) && !isFact(one))),
    names: new Set([...lower(names)].flatMap(partsOfName).filter((one) => !isFact(one) && !NOBODY.has(one) && /\p{L}|\d{5}/u.test(one))),
    addresses: lower(fields.flatMap(([path, value]) => (ADDRESS_FIELD.test(path) ? texts(value).map((one) => one.split('/', 1)[0]!) : []))),
    facts,
  }
}

/** `section.field` or `section.list.field` with each of its values. */
function sectionFields(capture: Capture, plugins: readonly Plugin[]): [path: string, value: unknown][] {
  return plugins.flatMap((plugin) => {
    const section = parseSection(plugin, capture)
    if (section.status !== 'ok') return []
    return Object.entries(section.data).flatMap(([field, value]): [string, unknown][] => {
      const items = Array.isArray(value) ? value.filter((one: unknown): one is object => typeof one === 'object' && one !== null) : []
      if (items.length === 0) return [[`${plugin.name}.${field}`, value]]
      return items.flatMap((item) =>
        Object.entries(item).map(([inner, one]): [string, unknown] => [`${plugin.name}.${field}.${inner}`, one]),
      )
    })
  })
}

/** What programs say behind such words, whether or not a plugin reads it. */
const SERIAL = /(?:serial|asset[ _]?tag|uuid|guid)(?:[ _.#-]?[a-z]{1,10}){0,2}["']?[ \t]{0,30}[:=] ?["']?([^\s"',;][^\n"',;]{0,120})/gi
const NAME = /\b(?:lpar name|vm\d\d name|community(?: string)?|username|password)["']?[ \t]{0,30}[:=] ?["']?([^\s"',;]{1,120})/gi

function behind(label: RegExp, text: string): string[] {
  // udev's ID_SERIAL is the model with the serial number behind it.
  return [...text.matchAll(label)].filter(([whole]) => !/^serial["']?=/i.test(whole)).map(([, value]) => value!.trim())
}

/** `nvme.…` is left out: the kernel makes it of hex codes, which have a form of their own. */
const bare = (value: string): string[] => (value.startsWith('nvme.') ? [] : [value.replace(/^(?:0x|naa\.|eui\.|uuid\.)/, '')])

/** Names that nobody is known by. */
export const NOBODY = new Set(
  'localhost localdomain localhost.localdomain localhost4 localhost6 ip6-localhost ip6-loopback ip6-localnet ip6-allnodes ip6-allrouters ip6-mcastprefix ip6-allhosts local lan home internal nobody nogroup root (none)'.split(
    ' ',
  ),
)

function hostsNames(text: string): string[] {
  return lines(text).flatMap((line) => line.split('#', 1)[0]!.trim().split(/\s+/).slice(1))
}

/** People's accounts and groups: those of the system are the same wherever a package is installed. */
function people(passwd: string, group: string): string[] {
  return [
    ...accounts(passwd).flatMap(({ name, uid, comment, home }) =>
      isOwn(uid) ? [name, ...comment.split(','), ...comment.split(/[\s,]+/), home.slice(home.lastIndexOf('/') + 1)] : [],
    ),
    ...groups(group).flatMap(({ name, gid }) => (isOwn(gid) ? [name] : [])),
  ]
}

/** Hosts of `server:/export` and `//server/share`. */
function fileServers(text: string): string[] {
  return [...text.matchAll(/(?:^| )(?:([A-Za-z][\w.-]{0,252}):\/|\/\/([\w.-]{1,253})\/)/gm)].flatMap(([, nfs, cifs]) => nfs ?? cifs ?? [])
}

/** `web-01.corp.example`: itself, the domains above it, and the host's own name. */
function partsOfName(name: string): string[] {
  const labels = name.split('.').filter((label) => label !== '')
  if (labels.length < 2 || !/^[\w.-]+$/.test(name)) return [name]
  const above = labels.slice(0, -1).map((_, at) => labels.slice(at).join('.'))
  return [...above, labels[0]!]
}

function isOwn(id: number): boolean {
  return id >= 1000 && id < 60_000
}

function texts(value: unknown): string[] {
  return [value].flat().filter((one) => typeof one === 'string')
}

function lower(values: readonly string[]): Set<string> {
  return new Set(values.map((value) => value.trim().toLowerCase()).filter((value) => value !== ''))
}
