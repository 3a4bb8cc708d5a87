import { given, list, record, values, type Neutral } from './raid-neutral.ts'

export function sasIrcu(parsed: unknown): Partial<Neutral> {
  const { controller, ir_volumes: volumes, enclosures, physical_disks: disks } = record(parsed)
  return {
    controllers: [{ ...given(record(controller), { model: 'Controller type', bios: 'BIOS version', firmware: 'Firmware version' }) }],
    logicalDrives: Object.entries(record(volumes)).map(([id, one]) => ({
      id,
      ...given(record(one), { state: 'Status of volume', wwn: 'Volume wwid', level: 'RAID level', size: 'Size (in MB)' }),
      disks: Object.keys(record(record(one)['Physical hard disks'])).length,
    })),
    enclosures: Object.entries(record(enclosures)).map(([id, one]) => ({
      id,
      wwn: String(record(one)['Logical ID']).replace(':', ''),
      slots: record(one)['Numslots'],
    })),
    physicalDisks: Object.entries(record(disks)).map(([id, one]) => ({
      id,
      ...given(record(one), { enclosure: 'Enclosure #', slot: 'Slot #', state: 'State', vendor: 'Manufacturer', model: 'Model Number' }),
      ...given(record(one), { firmware: 'Firmware Revision', serial: 'Serial No', wwn: 'GUID' }),
      size: String(record(one)['Size (in MB)/(in sectors)']).split('/')[0],
      bus: String(record(one)['Protocol']).toLowerCase(),
      rotational: String(record(one)['Drive Type']).endsWith('HDD'),
    })),
  }
}

export function sasIrcuList(parsed: unknown): Partial<Neutral> {
  return {
    controllers: values(parsed).map((one) => ({
      id: `sas3:${String(one['Index'])}`,
      model: one['Adapter Type'],
      pciAddress: addressOf(one['Pci Address']),
    })),
  }
}

function addressOf(said: unknown): string {
  const [segment, bus, device, part] = String(said)
    .split(':')
    .map((one) => one.replace(/h$/, ''))
  return `${segment!.padStart(4, '0')}:${bus}:${device}.${Number(part)}`
}

export function storcli(parsed: unknown): Partial<Neutral> {
  const all = values(parsed)
  return {
    enclosures: all
      .flatMap((one) => list(one['enclosures']))
      .map((one) => ({ id: String(one['EID']), slots: one['Slots'], state: one['State'] })),
    logicalDrives: all
      .flatMap((one) => list(one['virtual_drives']))
      .map((one) => {
        const [array, id] = String(one['DG/VD']).split('/')
        return { id, array, ...given(one, { level: 'TYPE', state: 'State', cache: 'Cache', size: 'Size', name: 'Name' }) }
      }),
    physicalDisks: all
      .flatMap((one) => list(one['physical_drives']))
      .map((one) => ({
        ...given(one, { id: 'EID:Slt', deviceId: 'DID', state: 'State', size: 'Size', model: 'Model' }),
        array: String(one['DG']),
        bus: String(one['Intf']).toLowerCase(),
        rotational: one['Med'] === 'HDD',
      })),
  }
}
