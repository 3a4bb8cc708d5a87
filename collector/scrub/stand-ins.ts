import { createHmac } from 'node:crypto'
import { canIdentify } from '../../plugins/formats/placeholders.ts'
import { addressStandIn } from './addresses.ts'
import { macStandIn } from './macs.ts'

/** Stand-ins of one recording: the same value has the same one wherever it is found, and no two values share one. */
export interface StandIns {
  /** Of a MAC address as 12 lower case hex digits. Its maker, where it has one, and its bits for group and local stay. */
  readonly mac: (hex: string) => string
  /** Of an IPv4 or IPv6 address. A private one stays private, and two of one network stay in one. */
  readonly address: (address: string) => string
  /** Of any other text in lower case: digits for digits, letters for letters, hex for hex, everything else as it is. */
  readonly word: (text: string) => string
}

/** Bytes that follow from the salt and a text, and that nobody without the salt can tell. */
export type Noise = (text: string, length: number) => Uint8Array

/** @param salt random, and thrown away: with it, a guessed value could be tried */
export function standIns(salt: string): StandIns {
  const noise: Noise = (text, length) => {
    const block = (index: number): Buffer => createHmac('sha256', salt).update(`${index} ${text}`).digest()
    return Buffer.concat(Array.from({ length: Math.ceil(length / 32) }, (_, index) => block(index))).subarray(0, length)
  }
  const mac = distinct((hex, attempt) => macStandIn(hex, noise(`mac ${attempt} ${hex}`, 6)))
  const address = remembered((text) => addressStandIn(text, noise, mac))
  const word = distinct((text, attempt) => scrambled(text, noise(`word ${attempt} ${text}`, text.length)))
  return { mac, address, word }
}

/**
 * Sign by sign: digits for digits, letters for letters. Of a hex number that is long enough for a WWN or UUID any digit for any, but for the
 * first one, which in a WWN says how the others are meant, and for version and variant of a UUID (RFC 9562). Leading zeros stay.
 */
function scrambled(text: string, noise: Uint8Array): string {
  const isHex = /^[0-9a-f]{16,}$/.test(text)
  const zeros = /^0*/.exec(text)![0].length
  return text.replace(/[\p{L}\d]/gu, (sign, at: number) => {
    const random = noise[at]!
    if (at < zeros) return sign
    if (isHex) return at === zeros || (text.length === 32 && (at === 12 || at === 16)) ? sign : (random % 16).toString(16)
    if (/\d/.test(sign)) return String(at === zeros ? 1 + (random % 9) : random % 10)
    return String.fromCharCode(97 + (random % (HEX.test(text) ? 6 : 26))).padEnd(sign.length, 'x')
  })
}

const HEX = /^(?=[a-f]*\d)[0-9a-f]+$/

const ATTEMPTS = 50

/** Remembers stand-ins, and tries again where one is taken, or would be read as a maker's way of saying nothing although the value is not. */
function distinct(make: (value: string, attempt: number) => string): (value: string) => string {
  const taken = new Set<string>()
  return remembered((value) => {
    const isGood = (one: string): boolean => one !== value && !taken.has(one) && canIdentify(one) === canIdentify(value)
    const tries = Array.from({ length: ATTEMPTS }, (_, attempt) => attempt)
    const found = tries.find((attempt) => isGood(make(value, attempt))) ?? 0
    const chosen = make(value, found)
    taken.add(chosen)
    return chosen
  })
}

function remembered(make: (value: string) => string): (value: string) => string {
  const known = new Map<string, string>()
  return (value) => {
    const before = known.get(value)
    if (before !== undefined) return before
    const made = make(value)
    known.set(value, made)
    return made
  }
}
