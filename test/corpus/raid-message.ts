import type { Neutral } from './raid-neutral.ts'

/** Where there is nothing but the sentence for the operator, the facts in it. */
export function fromMessage(message: string): Partial<Neutral> {
  const found = (form: RegExp): string[][] => [...message.matchAll(form)].map((match) => [...match])
  const sets = new Map(found(/Array#(\d+)\(([^)]+)\)/g).map(([, set, name]) => [set!, name!]))
  return {
    logicalDrives: [
      ...found(/Volume (\d+) \((RAID-\w+), (\d+) disks, (\d+) GiB\): (\w+)/g).map(([, id, level, disks, gib, state]) => ({
        id,
        level,
        disks,
        size: `${gib} GiB`,
        state,
      })),
      ...found(/Array#(\d+)\(([^)]+)\): (\w+)/g).map(([, id, name, state]) => ({ id, name, state })),
      ...found(/Logical Device (\d+)\(([^)]*)\):(\w+)/g).map(([, id, name, state]) => ({ id, name, state })),
      ...found(/(?:^|, )Logical Drive (\d+): (\w+)/g).map(([, id, state]) => ({ id, state })),
      ...found(/(?:^|, )(\d+):([A-Z]\w+)/g).map(([, id, state]) => ({ id, state: `${state}` })),
    ],
    physicalDisks: [
      ...found(/Disk (\d+) \((\d+) GiB\):(\w+ \w+)/g).map(([, id, gib, state]) => ({ id, size: `${gib} GiB`, state })),
      ...found(/(?:Drive Assignment:)? ((?:\d+,)*\d+)=Array#(\d+)/g).flatMap(([, ids, set]) =>
        ids!.split(',').map((id) => ({ id, array: sets.get(set!) })),
      ),
      ...found(/ ((?:\d+,)*\d+)=(HotSpare|Failed|Pass Through)/g).flatMap(([, ids, state]) => ids!.split(',').map((id) => ({ id, state }))),
      ...found(/Drives: ([\w,-]+)=(Online)$/g).flatMap(([, serials, state]) => serials!.split(',').map((serial) => ({ serial, state }))),
    ],
    softwareArrays: [
      ...found(/(?:^|, )(\w[\w.-]*)-(\w+):([AD]+)$/g).map(([, group, volume, state]) => ({ name: `${group}-${volume}`, state })),
      ...found(/^([\w.]+): \/dev\/\w+\(\w+, [\d.]+ [KMGT]iB\): (\w+)/g).map(([, name, state]) => ({ name, state })),
    ],
    // Solaris: metastat.
    unsupported: found(/(?:^|, )(d\d+:d\d+|hsp\d+:\w+):(\w+)/g).map(([whole]) => whole!),
  }
}
