import { isRecord } from './json.ts'
import { arrayCondition, batteryCondition, binaryBytes, folded, pciAddress } from './raid-words.ts'
import type { RaidView } from './raid-view.ts'
import { diskOf, driveBlocks, driveOf, driveRows } from './storcli-items.ts'
import { documents, part, rows, said, type Fields } from './storcli-json.ts'
import { integerOrNull } from './text.ts'
import { wwnOrNull } from './wwn.ts'

/** Answers of storcli and perccli with `J`, several of them one behind the other. */
export function storcliView(text: string): RaidView[] {
  // The overview comes first, and what follows it is more exact.
  return documents(text)
    .toReversed()
    .flatMap((document) => {
      const answers = isRecord(document) && Array.isArray(document['Controllers']) ? (document['Controllers'] as unknown[]) : []
      return answers.flatMap((answer) => {
        if (!isRecord(answer)) return []
        const [status, data] = [answer['Command Status'], answer['Response Data']]
        const number = isRecord(status) ? said(status['Controller']) : null
        return isRecord(data) && number !== null ? [controllerView(`megaraid:${number}`, data)] : []
      })
    })
}

function controllerView(controller: string, data: Fields): RaidView {
  const disks = [...rows(data['PD LIST']), ...driveBlocks(data), ...rows(data['Drive Information'])]
  const drives = [...rows(data['VD LIST']), ...driveRows(data)]
  return {
    controllers: isRecord(data['Basics']) ? [controllerOf(controller, data, data['Basics'])] : [],
    enclosures: rows(data['Enclosure LIST']).map((row) => ({
      controller,
      id: said(row['EID']) ?? '?',
      model: folded(said(row['ProdID'])),
      slots: integerOrNull(said(row['Slots'])),
      condition: arrayCondition(said(row['State'])),
      state: said(row['State']),
    })),
    physicalDisks: disks.map((row) => diskOf(controller, row, data)),
    logicalDrives: drives.map((row) => driveOf(controller, row, data)),
  }
}

function controllerOf(id: string, data: Fields, basics: Fields) {
  const [version, status, hardware] = [part(data, 'Version'), part(data, 'Status'), part(data, 'HwCfg')]
  const battery = [...rows(data['BBU_Info']), ...rows(data['Cachevault_Info']), ...rows(data['Energy Pack Info'])][0]
  const batteryState = said(battery?.['State']) ?? said(hardware['BBU']) ?? said(hardware['Energy Pack'])
  return {
    id,
    model: folded(said(basics['Model'])),
    serial: folded(said(basics['Serial Number'])),
    wwn: wwnOrNull(said(basics['SAS Address'])),
    firmware: folded(said(version['Firmware Package Build']) ?? said(version['Firmware Version'])),
    bios: folded(said(version['Bios Version'])),
    driver: folded(`${said(version['Driver Name']) ?? ''} ${said(version['Driver Version']) ?? ''}`),
    pciAddress: pciAddress(said(basics['PCI Address'])),
    pciSlot: said(basics['PCI Slot Number']),
    cacheBytes: binaryBytes(said(hardware['On Board Memory Size'])),
    battery: batteryCondition(batteryState),
    batteryState,
    condition: arrayCondition(said(status['Controller Status'])),
    state: said(status['Controller Status']),
  }
}
