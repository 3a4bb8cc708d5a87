import type { LinkFacts } from './link.ts'
import { integerOrNull, lines } from './text.ts'

/** VLANs from `/proc/net/vlan/config`: lines such as `eth0.100      | 100  | eth0`. */
export function vlanLinks(text: string): LinkFacts[] {
  return lines(text).flatMap((line): LinkFacts[] => {
    const [name, id, parent, more] = line.split('|', 4).map((word) => word.trim())
    const vlanId = integerOrNull(id)
    if (name === undefined || !/^\S{1,64}$/.test(name) || vlanId === null || vlanId < 0 || more !== undefined) return []
    return [{ name, kind: 'vlan', vlanId, parent: parent || null }]
  })
}
