import { ParseError } from '../errors.ts'
import { wordOrNull, type Package } from './package.ts'

/** Lines `P:` name, `V:` version, `A:` architecture, `o:` origin of apk's database of installed packages; its other lines are passed over. */
export function readApkInstalled(text: string): Package[] {
  const packages: Package[] = []
  let fields: Record<string, string> = {}
  const close = (): void => {
    const { P: name, V: version, A: arch, o: source } = fields
    if (name)
      packages.push({
        manager: 'apk',
        name,
        version: wordOrNull(version),
        arch: wordOrNull(arch),
        epoch: 0,
        source: wordOrNull(source),
      })
    fields = {}
  }
  for (const line of text.split('\n')) {
    if (line.startsWith('P:')) close()
    if (line[1] === ':') fields[line[0]!] ??= line.slice(2).trim()
  }
  close()
  if (packages.length === 0 && text.trim() !== '') throw new ParseError("expected records of apk's database", text)
  return packages
}
