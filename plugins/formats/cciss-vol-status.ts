import { arrayCondition, busOf, diskCondition, folded, levelOf } from './raid-words.ts'
import type { RaidView } from './raid-view.ts'
import { colonLine } from './colon-lines.ts'
import { lines, textOrNull } from './text.ts'

const VOLUME = /^(\/dev\/\S{1,30}?):? ?\(([^)]{1,40})\) (RAID \S{1,9}|\([^)]{1,20}\)) Volume (\d{1,4})(?:\(\?\))? status: ([^.]{1,60})\./
const ENCLOSURE =
  /^(\/dev\/\S{1,30}?):? ?\(([^)]{1,40})\) Enclosure (.{0,40}?) \(S\/N: ?([^)]{0,30})\) on Bus (\d+).{0,40} status: ([^.]{1,60})/
const DISK = /^ +connector (\w{1,4}) box (\d{1,3}) bay (\d{1,3}) +(\S.{7})(\S.{0,39}?) {2,}(\S{1,40}) +(\S{1,10})(?: +(\S.{0,60}))?$/

/** `cciss_vol_status -V`: volumes, enclosures and disks of HP Smart Arrays, told apart by the block device through which they were asked. */
export function ccissView(text: string): RaidView {
  const view = { controllers: [], enclosures: [], physicalDisks: [], logicalDrives: [] } as Collected
  let controller = 'smartarray:/dev/cciss/c0d0'
  let pending: Partial<Collected['controllers'][number]> = {}
  let isFailedList = false
  for (const line of lines(text)) {
    const volume = VOLUME.exec(line)
    if (volume !== null) {
      controller = `smartarray:${volume[1]}`
      view.controllers.push({ ...pending, id: controller, model: folded(volume[2]) })
      view.logicalDrives.push({
        controller,
        id: volume[4]!,
        level: levelOf(volume[3]!.replace(/[()]/g, '')),
        device: volume[1]!,
        condition: arrayCondition(volume[5]),
        state: volume[5]!,
      })
    }
    if (/^ *(?:Failed drives|Physical drives|Spare drives)\b/.test(line)) isFailedList = line.includes('Failed')
    addEnclosure(line, view)
    addDisk(line, controller, isFailedList, view)
    pending = { ...(line.startsWith('Controller:') ? {} : pending), ...boardOf(line) }
  }
  return view
}

type Collected = { -readonly [K in 'controllers' | 'enclosures' | 'physicalDisks' | 'logicalDrives']: NonNullable<RaidView[K]>[number][] }

/** `Running firmware: 5.20`, before the first volume of a controller. */
function boardOf(line: string): { readonly firmware?: string | null; readonly serial?: string | null } {
  const said = colonLine(line)
  if (said?.key === 'Running firmware') return { firmware: textOrNull(said.value) }
  return said?.key === 'Serial number' ? { serial: textOrNull(said.value) } : {}
}

function addEnclosure(line: string, { controllers, enclosures }: Collected): void {
  const [, device, model, name, serial, bus, state] = ENCLOSURE.exec(line) ?? []
  if (device === undefined) return
  const controller = `smartarray:${device}`
  controllers.push({ id: controller, model: folded(model) })
  enclosures.push({
    controller,
    id: `bus ${bus}`,
    model: folded(name),
    serial: textOrNull(serial),
    condition: arrayCondition(state),
    state: state!,
  })
}

/** Vendor and product stand in columns of 8 and 16, behind them the serial number, the firmware and the state. */
function addDisk(line: string, controller: string, isFailed: boolean, { physicalDisks }: Collected): void {
  const [, connector, box, bay, maker, model, serial, firmware, status] = DISK.exec(line) ?? []
  if (connector === undefined) return
  const vendor = folded(maker)
  const state = status ?? (isFailed ? 'Failed' : null)
  physicalDisks.push({
    controller,
    id: `${connector}:${box}:${bay}`,
    enclosure: `${connector}:${box}`,
    slot: Number(bay),
    vendor: vendor === 'ATA' ? null : vendor,
    model: folded(model),
    bus: vendor === 'ATA' ? busOf('SATA') : null,
    serial: textOrNull(serial),
    firmware: textOrNull(firmware),
    condition: isFailed ? 'failed' : diskCondition(state),
    state,
  })
}
