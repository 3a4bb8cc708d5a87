import { lines } from './text.ts'

/** What the kernel calls itself, the host and the machine. */
export interface Uname {
  readonly hostname: string
  readonly kernel: string
  /** Build number and date: the same kernel release may be built again. */
  readonly kernelVersion: string | null
  readonly arch: string | null
}

/**
 * Reads `uname -a`: system, host, release, then the version of several words, then machine, and on some systems processor, platform and
 * operating system, each another word for the machine, or on Gentoo the names of the processor and its maker. Null for another text.
 */
export function parseUname(text: string): Uname | null {
  const line = lines(text).find((one) => /^\S{1,20} \S{1,255} \d/.test(one))
  if (line === undefined) return null
  const [, hostname, kernel, ...rest] = line.trim().split(/\s+/)
  const words = /^(?:GNU\/)?Linux$/.test(rest.at(-1) ?? '') ? rest.slice(0, -1) : rest
  // From the end: up to three words for hardware.
  let at = words.length
  while (at > 0 && words.length - at < 3 && HARDWARE.test(words[at - 1]!)) at--
  if (at === words.length) at = machineAt(words)
  const arch = words[at] ?? null
  return {
    hostname: hostname!,
    kernel: kernel!,
    kernelVersion: words.slice(0, at).join(' ') || null,
    arch: arch === 'unknown' ? null : arch,
  }
}

/** Where the machine stands when something else follows it: behind the version, which begins with its number. */
function machineAt(words: readonly string[]): number {
  const version = words.findIndex((word) => word.startsWith('#'))
  const machine = words.findIndex((word, index) => index > version && HARDWARE.test(word))
  return version === -1 || machine === -1 ? words.length : machine
}

/** Reads `uname -snrm`: four words, of which none has a space in it. Null for another text. */
export function parseUnameFields(text: string): Uname | null {
  const [, hostname, kernel, arch] = /^\S{1,20} (\S{1,255}) (\d\S{0,127}) (\S{1,40})$/.exec(text.trim()) ?? []
  return hostname === undefined || kernel === undefined || arch === undefined ? null : { hostname, kernel, kernelVersion: null, arch }
}

/** Reads /proc/version, which holds no host name: "Linux version 5.10.0 (build@host) (gcc …) #1 SMP …". */
export function parseProcVersion(text: string): { readonly kernel: string; readonly kernelVersion: string | null } | null {
  const kernel = /^Linux version (\S{1,200})/.exec(text.trimStart())?.[1]
  if (kernel === undefined) return null
  const at = text.indexOf(' #')
  return { kernel, kernelVersion: at === -1 ? null : text.slice(at + 1, at + 300).trim() }
}

const HARDWARE =
  /^(?:x86_64|i[3-6]86|i86pc|amd64|athlon|aarch64(?:_be)?|arm\w*|ppc\w*|powerpc\w*|s390x?|riscv\d+|loongarch\d+|mips\w*|ia64|alpha|sparc\w*|parisc\w*|m68k|sh[2-5]\w*|e2k\w*|sw_64|unknown)$/
