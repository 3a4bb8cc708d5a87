import { listOf, need, type Answer } from '../answer.ts'
import { definePlugin, type Probe } from '../define.ts'
import { ParseError } from '../errors.ts'
import { decimal, flag, integer, list, name, section, text } from '../fields.ts'
import { integerOrNull, lines, textOrNull } from '../formats/text.ts'

const LV = ['lv_uuid', 'lv_name', 'vg_name', 'lv_attr', 'lv_size', 'lv_path', 'segtype', 'pool_lv', 'origin', 'data_percent'] as const
const VG = ['vg_uuid', 'vg_name', 'vg_attr', 'vg_size', 'vg_free', 'vg_extent_size'] as const
const PV = ['pv_uuid', 'pv_name', 'vg_name', 'pv_fmt', 'pv_attr', 'pv_size', 'pv_free'] as const

/** LVM looks for its labels on all disks, so that one that hangs hangs it too. */
function report(program: string, columns: readonly string[]) {
  const args = ['--noheadings', '--nosuffix', '--units', 'b', '--separator', '|', '-o', columns.join()] as const
  return { exec: [program, ...args], root: true, timeoutSeconds: 15 } as const satisfies Probe
}

export default definePlugin({
  name: 'lvm',
  version: 1,
  summary: 'LVM: physical volumes, volume groups and logical volumes. Looks at all disks; needs root.',
  probes: {
    lvs: report('lvs', LV),
    vgs: report('vgs', VG),
    pvs: report('pvs', PV),
  },
  schema: section({
    physicalVolumes: list('Physical volumes; none where LVM is not installed.', {
      uuid: name('UUID of the physical volume.', 'pvs: pv_uuid'),
      name: text('Device, such as /dev/sda2. May be another one after any boot.', 'pvs: pv_name'),
      volumeGroup: text('Its volume group, or none.', 'pvs: vg_name'),
      sizeBytes: integer('Size in bytes.', 'pvs: pv_size'),
      freeBytes: integer('Bytes that no logical volume has.', 'pvs: pv_free'),
      allocatable: flag('Whether logical volumes may be laid on it.', 'pvs: pv_attr, letter 1'),
      missing: flag('Whether the device is gone.', 'pvs: pv_attr, letter 3'),
    }),
    volumeGroups: list('Volume groups; none where LVM is not installed.', {
      uuid: text('UUID of the volume group.', 'vgs: vg_uuid'),
      name: name('Name of the volume group.', 'vgs: vg_name'),
      sizeBytes: integer('Size in bytes.', 'vgs: vg_size'),
      freeBytes: integer('Bytes that no logical volume has.', 'vgs: vg_free'),
      extentBytes: integer('Size of its extents in bytes.', 'vgs: vg_extent_size'),
      partial: flag('Whether some of its physical volumes are gone.', 'vgs: vg_attr, letter 4'),
    }),
    logicalVolumes: list('Logical volumes that people see; none where LVM is not installed.', {
      uuid: text('UUID of the logical volume.', 'lvs: lv_uuid'),
      name: name('Name within the volume group.', 'lvs: lv_name'),
      volumeGroup: text('Its volume group.', 'lvs: vg_name'),
      path: text('Device path; null for a pool.', 'lvs: lv_path'),
      type: text('Layout: linear, striped, raid1, thin, thin-pool, snapshot and so on.', 'lvs: segtype'),
      pool: text('Thin pool that it takes its space from, or none.', 'lvs: pool_lv'),
      origin: text('Logical volume of which it is a snapshot, or none.', 'lvs: origin'),
      sizeBytes: integer('Size in bytes.', 'lvs: lv_size'),
      active: flag('Whether it is active.', 'lvs: lv_attr, letter 5'),
      usedPercent: decimal('Share of a snapshot or thin volume that is written, in percent.', 'lvs: data_percent'),
    }),
  }),
  keys: {
    physicalVolumes: ['uuid'],
    volumeGroups: ['uuid', 'name'],
    logicalVolumes: ['uuid', ['volumeGroup', 'name']],
  },
  volatile: ['physicalVolumes.name', 'physicalVolumes.freeBytes', 'volumeGroups.freeBytes', 'logicalVolumes.usedPercent'],

  parse({ lvs, vgs, pvs }) {
    const all: readonly Answer[] = [lvs, vgs, pvs]
    // One of them may have hung; without any there is nothing to say.
    if (all.every(({ status }) => status !== 'ok' && status !== 'absent')) need(vgs)
    return {
      physicalVolumes: listOf(pvs, (said) => once(rows(said, PV).flatMap(physicalVolume), [])),
      volumeGroups: listOf(vgs, (said) => once(rows(said, VG).map(volumeGroup), ['name'])),
      logicalVolumes: listOf(lvs, (said) => once(rows(said, LV).map(logicalVolume), ['volumeGroup', 'name'])),
    }
  },
})

type Row = Readonly<Record<string, string>>

function rows(said: string, columns: readonly string[]): Row[] {
  return lines(said).flatMap((line) => {
    // Warnings about devices come on standard error, but some versions put them here.
    if (!line.includes('|')) return []
    const cells = line.trim().split('|')
    if (cells.length < columns.length) throw new ParseError(`expected ${columns.length} columns (${columns.join()})`, line)
    const row = Object.fromEntries(columns.map((column, index) => [column, cells[index]!.trim()]))
    return row[columns[1]!] === '' ? [] : [row]
  })
}

/**
 * The first of each: a logical volume of several segments has a line for each, and a missing device may be printed twice. What has
 * neither a UUID nor all of its name cannot be told from others.
 */
function once<T extends { readonly uuid: string | null }>(all: readonly T[], names: readonly (keyof T)[]): T[] {
  const first = new Map<string, T>()
  for (const one of all) {
    const parts = names.map((field) => one[field] ?? null)
    const isNamed = parts.length > 0 && !parts.includes(null)
    const identity = one.uuid ?? (isNamed ? JSON.stringify(parts) : null)
    if (identity !== null && !first.has(identity)) first.set(identity, one)
  }
  return [...first.values()]
}

function physicalVolume(row: Row) {
  const { pv_attr: attr = '' } = row
  const uuid = textOrNull(row['pv_uuid'])
  // A device that could become a physical volume has no UUID yet.
  if (uuid === null) return []
  return [
    {
      uuid,
      name: row['pv_name'] ?? null,
      volumeGroup: row['vg_name'] || 'none',
      sizeBytes: bytes(row['pv_size']),
      freeBytes: bytes(row['pv_free']),
      allocatable: letter(attr, 0, 'a'),
      missing: letter(attr, 2, 'm'),
    },
  ]
}

function volumeGroup(row: Row) {
  return {
    uuid: textOrNull(row['vg_uuid']),
    name: row['vg_name']!,
    sizeBytes: bytes(row['vg_size']),
    freeBytes: bytes(row['vg_free']),
    extentBytes: bytes(row['vg_extent_size']),
    partial: letter(row['vg_attr'] ?? '', 3, 'p'),
  }
}

function logicalVolume(row: Row) {
  return {
    uuid: textOrNull(row['lv_uuid']),
    name: row['lv_name']!,
    volumeGroup: row['vg_name'] || null,
    path: row['lv_path'] || null,
    type: row['segtype'] || null,
    pool: row['pool_lv'] || 'none',
    origin: row['origin'] || 'none',
    sizeBytes: bytes(row['lv_size']),
    active: letter(row['lv_attr'] ?? '', 4, 'a'),
    usedPercent: percent(row['data_percent']),
  }
}

function letter(attributes: string, at: number, wanted: string): boolean | null {
  return attributes.length > at ? attributes[at] === wanted : null
}

function percent(value: string | undefined): number | null {
  return value !== undefined && /^\d{1,3}(?:\.\d{1,4})?$/.test(value) ? Number(value) : null
}

function bytes(value: string | undefined): number | null {
  const size = integerOrNull(value)
  return size !== null && size >= 0 ? size : null
}
