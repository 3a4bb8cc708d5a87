import type { Fields } from '../../plugins/items.ts'
import { sasIrcu, sasIrcuList, storcli } from './raid-hw-exporter.ts'
import { fromMessage } from './raid-message.ts'
import { given, list, record, values, type Neutral } from './raid-neutral.ts'

/** Translates the structures of sources (`parsed`), each told by the names in it. */
export function neutralOf(expected: Fields): Neutral {
  const parsed = expected['parsed']
  const own = {
    controllers: (list(expected['controllerSlots']) as unknown[]).map((slot) => ({ pciSlot: String(slot) })) as Fields[],
    enclosures: [],
    physicalDisks: list(expected['physicalDisks']),
    logicalDrives: list(expected['logicalDrives']).map(megacliDrive),
    softwareArrays: list(expected['softwareArrays']),
  }
  const translated = parsed === undefined ? {} : (TRANSLATIONS.find(([fits]) => fits(parsed))?.[1](parsed) ?? {})
  const messages = parsed === undefined ? fromMessage(typeof expected['message'] === 'string' ? expected['message'] : '') : {}
  return {
    ...own,
    ...messages,
    ...translated,
    ...(own.physicalDisks.length > 0 && { physicalDisks: own.physicalDisks }),
    ...(own.softwareArrays.length > 0 && { softwareArrays: own.softwareArrays }),
    ...(own.logicalDrives.length > 0 && { logicalDrives: own.logicalDrives }),
  }
}

type Translation = (parsed: unknown) => Partial<Neutral>

const TRANSLATIONS: readonly (readonly [fits: (parsed: unknown) => boolean, Translation])[] = [
  [(parsed) => Array.isArray(parsed), hpacucli],
  [(parsed) => 'controllers' in record(parsed), arcconf],
  [(parsed) => 'ir_volumes' in record(parsed), sasIrcu],
  [(parsed) => 'blk' in record(parsed), mvcli],
  [(parsed) => 'physical' in record(parsed), megacli],
  [(parsed) => values(parsed).some((one) => 'Adapter Type' in one), sasIrcuList],
  [(parsed) => values(parsed).some((one) => 'virtual_drives' in one), storcli],
  [(parsed) => values(parsed).some((one) => 'board_name' in one), cciss],
  [(parsed) => Object.keys(record(parsed)).some((name) => /^c\d+$/.test(name)), twCli],
]

function hpacucli(parsed: unknown): Partial<Neutral> {
  const controllers = list(parsed)
  return {
    controllers: controllers.map((one) => ({
      id: `smartarray:${String(one['slot'] ?? one['chassisname'])}`,
      model: one['controller'],
      ...('slot' in one && { pciSlot: one['slot'] }),
      state: one['Controller Status'],
      ...('Battery/Capacitor Status' in one && { batteryState: one['Battery/Capacitor Status'] }),
    })),
    // check_raid asks each controller, and gives the one answer that is recorded to all of them.
    logicalDrives: once(
      controllers
        .flatMap((one) => list(one['array']))
        .flatMap((array) =>
          list(array['logicaldrives']).map((one) => ({
            ...given(one, { id: 'id', level: 'raid', size: 'size', state: 'status' }),
            array: array['name'],
          })),
        ),
    ),
  }
}

function arcconf(parsed: unknown): Partial<Neutral> {
  const controllers = Object.entries(record(record(parsed)['controllers']))
  const devices = controllers.flatMap(([, one]) => (list(record(one)['physical']) as unknown[]).flatMap((channel) => list(channel)))
  return {
    controllers: controllers.map(([number, one]) => {
      const { status, battery_status: batteryState } = record(record(one)['controller'])
      return { id: `adaptec:${number}`, state: status, ...(batteryState !== undefined && { batteryState }) }
    }),
    logicalDrives: controllers.flatMap(([, one]) =>
      list(record(one)['logical']).map((drive) => ({
        id: String(drive['id']),
        ...('name' in drive && { name: drive['name'] }),
        level: drive['raid'],
        size: drive['size'],
        state: drive['status'],
      })),
    ),
    physicalDisks: devices.filter(isDisk).map((one) => {
      const [enclosure, slot] = (typeof one['location'] === 'string' ? one['location'] : '').split(':')
      return {
        id: /^\d+,\d+/.exec(String(one['cd']))?.[0],
        ...given(one, {
          serial: 'serial',
          wwn: 'wwn',
          vendor: 'vendor',
          model: 'model',
          firmware: 'firmware',
          partNumber: 'fru',
          size: 'size',
          state: 'status',
        }),
        deviceId: one['device_id'],
        smartAlert: one['smart'] === 'Yes',
        ...('ssd' in one && { rotational: one['ssd'] === 'No' }),
        ...('speed' in one && { bus: busOf(String(one['speed'])) }),
        ...(slot !== undefined && /^\d+$/.test(enclosure!) && { slot }),
      }
    }),
    enclosures: devices
      .filter((one) => !isDisk(one) && 'devtype' in one)
      .map((one) => given(one, { id: 'enclosure', vendor: 'vendor', model: 'model', firmware: 'firmware' })),
    physicalCount: devices.filter(isDisk).length,
  }
}

function isDisk(one: Fields): boolean {
  return 'status' in one
}

function megacli(parsed: unknown): Partial<Neutral> {
  const { physical, logical, battery } = record(parsed)
  return {
    physicalDisks: list(physical).map((one) => ({
      deviceId: one['dev'],
      inquiry: one['name'],
      ...(one['predictive'] === null && { state: one['state'] }),
    })),
    logicalDrives: list(logical).map((one) => ({ ...megacliDrive(one), cache: (list(one['current_cache']) as unknown[]).join(', ') })),
    controllers: list(battery).map((one) => ({
      id: `megaraid:${String(one['name'])}`,
      battery: one['replacement_required'] === 'Yes' ? 'failed' : 'ok',
    })),
  }
}

/** check_raid calls a drive without a name DISK and its numbers. */
function megacliDrive(one: Fields): Fields {
  const number = /^DISK\d+\.(\d+)$/.exec(String(one['name']))?.[1]
  return { ...(number === undefined ? { name: one['name'] } : { id: number }), state: one['state'] }
}

function mvcli(parsed: unknown): Partial<Neutral> {
  const { blk, vd } = record(parsed)
  return {
    logicalDrives: list(vd).map((one) => ({
      ...given(one, { id: 'id', name: 'name', level: 'RAID mode', disks: '# of PDs', state: 'status' }),
      size: String(one['size']),
      stripe: `${String(one['Stripe size'])} K`,
    })),
    physicalDisks: list(blk).map((one) => ({ id: String(one['pd_id']), array: String(one['vd_id']) })),
  }
}

function cciss(parsed: unknown): Partial<Neutral> {
  const boards = Object.entries(record(parsed))
  return {
    controllers: boards.map(([device, one]) => ({ id: `smartarray:${device}`, model: record(one)['board_name'] })),
    logicalDrives: boards.flatMap(([, one]) =>
      values(record(one)['volumes']).map((volume) => ({
        id: String(volume['volume_number']),
        level: volume['raid_level'],
        state: volume['status'],
      })),
    ),
    physicalDisks: boards.flatMap(([, one]) =>
      values(record(one)['drives']).map((disk) => ({
        ...given(disk, { serial: 'serial', firmware: 'fw', state: 'status' }),
        id: String(disk['slot']).replaceAll('-', ':'),
        model: String(disk['model']).slice(8),
        slot: disk['bay'],
      })),
    ),
    enclosures: boards.flatMap(([, one]) =>
      values(record(one)['enclosures']).map((box) => ({
        id: `bus ${String(box['bus'])}`,
        serial: box['sn'] || null,
        model: box['name'],
        state: box['status'],
      })),
    ),
    ...Object.fromEntries(
      boards.flatMap(([, one]) => ('pd count' in record(one) && boards.length === 1 ? [['physicalCount', record(one)['pd count']]] : [])),
    ),
  }
}

function twCli(parsed: unknown): Partial<Neutral> {
  const all = Object.entries(record(parsed))
  const cards = all.filter(([name]) => /^c\d+$/.test(name)).map(([name, one]) => [name, record(one)] as const)
  return {
    controllers: cards.map(([name, one]) => ({
      id: `3ware:${name}`,
      model: one['model'],
      ...(one['bbu'] === 'OK' && { batteryState: 'OK' }),
    })),
    logicalDrives: cards.flatMap(([, card]) =>
      Object.entries(record(card['unitstatus'])).map(([id, one]) => ({
        id,
        ...given(record(one), { level: 'type', state: 'status', cache: 'cache' }),
        size: `${String(record(one)['size'])} GB`,
      })),
    ),
    physicalDisks: cards.flatMap(([, card]) =>
      Object.entries(record(card['drivestatus'])).map(([id, one]) => ({
        id,
        ...given(record(one), { serial: 'serial', size: 'size', state: 'status', model: 'model', array: 'unit' }),
        ...('type' in record(one) && { bus: String(record(one)['type']).toLowerCase() }),
      })),
    ),
    enclosures: all.flatMap(([name, one]) =>
      name.startsWith('/') && 'status' in record(one) ? [{ id: name.slice(name.lastIndexOf('/') + 1), state: record(one)['status'] }] : [],
    ),
    ...(cards.length === 1 && { physicalCount: cards[0]![1]['drives'] }),
  }
}

function once(items: readonly Fields[]): Fields[] {
  return [...new Map(items.map((one) => [JSON.stringify(one), one])).values()]
}

function busOf(speed: string): string {
  return /^(?:SATA|SAS)/.test(speed) ? speed.slice(0, speed.indexOf(' ')).toLowerCase() : 'scsi'
}
