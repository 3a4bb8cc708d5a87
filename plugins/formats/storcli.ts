import { isRecord } from './json.ts'
import { arrayCondition, batteryCondition, binaryBytes, folded, pciAddress } from './raid-words.ts'
import type { RaidView } from './raid-view.ts'
import { diskOf, disksIn, driveOf, drivesIn } from './storcli-items.ts'
import { jsonAnswers, part, rows, said, told, type Fields } from './storcli-json.ts'
import { textAnswers } from './storcli-text.ts'
import { integerOrNull } from './text.ts'
import { wwnOrNull } from './wwn.ts'

/**
 * Answers of storcli and perccli, several of them one behind the other, with `J` or without. storcli2 and perccli2 (version 8) tell of newer
 * controllers, by another driver, and count them from 0 too.
 */
export function storcliView(text: string, family: 'megaraid' | 'mpi3mr'): RaidView[] {
  const json = jsonAnswers(text)
  const answers = json.length > 0 ? json : textAnswers(text)
  const saysBinary = /\d [KMGTP]iB\b/.test(text)
  // The overview comes first, and what follows it is more exact.
  return answers.toReversed().map(({ number, data }) => controllerView(`${family}:${number}`, data, saysBinary))
}

function controllerView(controller: string, data: Fields, saysBinary: boolean): RaidView {
  const enclosures = [...rows(data['Enclosure LIST']), ...rows(data['Enclosure List'])]
  return {
    controllers: isRecord(data['Basics']) || told(data, 'Product Name') !== null ? [controllerOf(controller, data)] : [],
    enclosures: enclosures.map((row) => ({
      controller,
      id: said(row['EID']) ?? '?',
      model: folded(said(row['ProdID'])),
      slots: integerOrNull(said(row['Slots'])),
      condition: arrayCondition(said(row['State'])),
      state: said(row['State']),
    })),
    physicalDisks: disksIn(data).map((item) => diskOf(controller, item, saysBinary)),
    logicalDrives: drivesIn(data).map((item) => driveOf(controller, item, saysBinary)),
  }
}

function controllerOf(id: string, data: Fields) {
  // `show` without `all` has neither part: what it tells of them stands side by side.
  const [basics, version] = [partOrAll(data, 'Basics'), partOrAll(data, 'Version')]
  const [status, hardware] = [part(data, 'Status'), part(data, 'HwCfg')]
  const battery = [...rows(data['BBU_Info']), ...rows(data['Cachevault_Info']), ...rows(data['Energy Pack Info'])][0] ?? {}
  const batteryState = told(battery, 'State', 'Status') ?? told(hardware, 'BBU', 'Energy Pack')
  const mebibytes = told(hardware, 'DDR Memory Size(MiB)')
  return {
    id,
    model: folded(told(basics, 'Model', 'Product Name')),
    serial: folded(told(basics, 'Serial Number')),
    wwn: wwnOrNull(told(basics, 'SAS Address')),
    firmware: folded(told(version, 'Firmware Package Build', 'FW Package Build', 'Package Version', 'Firmware Version', 'FW Version')),
    bios: folded(told(version, 'Bios Version', 'BIOS Version')),
    driver: folded(`${told(version, 'Driver Name') ?? ''} ${told(version, 'Driver Version') ?? ''}`),
    pciAddress: pciAddress(told(basics, 'PCI Address') ?? told(part(data, 'HostInterface'), 'PCI Address')),
    pciSlot: told(basics, 'PCI Slot Number'),
    cacheBytes: binaryBytes(told(hardware, 'On Board Memory Size') ?? (mebibytes === null ? null : `${mebibytes} MiB`)),
    battery: batteryCondition(batteryState),
    batteryState,
    condition: arrayCondition(told(status, 'Controller Status')),
    state: told(status, 'Controller Status'),
  }
}

function partOrAll(data: Fields, name: string): Fields {
  return isRecord(data[name]) ? part(data, name) : data
}
