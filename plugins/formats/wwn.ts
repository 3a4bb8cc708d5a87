/**
 * A world wide name in one spelling, whoever said it: `0x5000c500a1b2c3d4` (also with the vendor's 64 further bits), or `eui.…` as NVMe
 * has it. Null for what is none, or one that the maker left empty.
 */
export function wwnOrNull(value: string | null | undefined): string | null {
  const text = (value ?? '').trim().toLowerCase()
  const naa = /^(?:0x|naa\.)?([0-9a-f]{16}|[0-9a-f]{32})$/.exec(text)?.[1]
  if (naa !== undefined) return isEmpty(naa) ? null : `0x${naa}`
  const eui = /^(?:eui\.|nvme-eui\.)([0-9a-f]{16}|[0-9a-f]{32})$/.exec(text)?.[1]
  if (eui !== undefined) return isEmpty(eui) ? null : `eui.${eui}`
  // NVMe 1.3 drives may have a UUID; those with nothing of the kind get a name that the kernel makes of serial number and model.
  if (/^uuid\.[0-9a-f-]{36}$/.test(text) || /^nvme\.[0-9a-f]{4}-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+$/.test(text)) return text
  return null
}

/** Serial number and model from the kernel's `t10.` name of a disk without a WWN: vendor in 8 characters, model in 40 for ATA disks. */
export function fromT10(wwid: string | null | undefined): { readonly model: string; readonly serial: string } | null {
  const text = wwid?.trimStart() ?? ''
  if (!text.startsWith('t10.ATA     ') || text.length <= 52) return null
  const [model, serial] = [text.slice(12, 52).replace(/ +/g, ' ').trim(), text.slice(52).trim()]
  return model === '' || serial === '' ? null : { model, serial }
}

/** Zeros behind the authority's digit: cheap drives and early NVMe ones. */
function isEmpty(hex: string): boolean {
  return /^.0+1?$/.test(hex)
}
