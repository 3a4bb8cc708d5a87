import { addresses, compareItems, itemsOf, mac, same, verdict, type Same, type Verdict } from './compare.ts'

export default function nic(section: Record<string, unknown> | null, expected: Record<string, unknown>): Verdict[] {
  const interfaces = section?.['interfaces']
  const verdicts = compareItems('interfaces', expected['interfaces'], interfaces, {
    by: { name: same },
    fields: { name: same, mac, mtu: same, speedMbps: same, ipv4: addresses, ipv6: addresses, master, driver: same },
  })
  return [...verdicts, ...permanence(expected, interfaces), ...linkDetection(expected, interfaces)]
}

/** A source that has no word for "held by nothing" leaves it out. */
const master: Same = (expected, actual) => same(expected, actual === 'none' ? null : actual)

/** `permanent` is the burnt-in address, or whether the one in use is it. */
function permanence(expected: Record<string, unknown>, interfaces: unknown): Verdict[] {
  return itemsOf(expected['interfaces']).flatMap((item) => {
    if (!('permanent' in item)) return []
    const found = itemsOf(interfaces).find((one) => one['name'] === item['name'])
    const { permanentMac = null } = found ?? {}
    const actual = typeof item['permanent'] === 'boolean' ? permanentMac !== null && permanentMac === found?.['mac'] : permanentMac
    return [verdict(`interfaces[${String(item['name'])}].permanent`, item['permanent'], actual, mac)]
  })
}

/** `Link detected` of one interface's ethtool text. */
function linkDetection(expected: Record<string, unknown>, interfaces: unknown): Verdict[] {
  if (!('linkDetected' in expected)) return []
  return [verdict('linkDetected', expected['linkDetected'], itemsOf(interfaces)[0]?.['operState'] === 'up')]
}
