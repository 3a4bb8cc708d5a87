import { nameFault, readCert } from '../collector/cert.ts'
import { pinName, resetCert } from '../collector/pin.ts'
import { commandLine, parse, type CommonOptions } from './command-line.ts'
import { UsageError } from './errors.ts'
import { EXIT } from './exit.ts'
import { setup } from './setup.ts'
import { print, printable, printJson } from './text.ts'

interface Options extends CommonOptions {
  readonly json?: true
}

/** The file that pins this host's name. */
export default async function cert(args: readonly string[]): Promise<number> {
  const command = commandLine('cert', {
    description: 'The cert pins the name of this host: whatever it calls itself later, its reports carry that name.',
    examples: [
      ['rollcall cert show', 'name, asset id and file'],
      ['rollcall cert pin web-01', 'give this host a name, before or after it was collected first'],
      ['rollcall cert reset', 'forget it: the next posted collection pins anew, as after cloning a disk'],
    ],
  })
    .argument('[action]', 'show, pin or reset', 'show')
    .argument('[name]', 'with pin: the name')
    .option('--json', 'with show: print JSON')
  const { options, operands } = parse<Options>(command, args)
  const { certFile } = await setup(options)
  const [action = 'show', name] = operands
  if (action === 'pin') {
    const fault = name === undefined ? 'it is missing' : nameFault(name)
    if (name === undefined || fault !== null) throw new UsageError(`no name to pin: ${fault}. Write "rollcall cert pin web-01"`)
    await pinName(certFile, name)
    print(`pinned ${printable(name)} in ${certFile}`)
    return EXIT.done
  }
  if (action === 'reset') {
    await resetCert(certFile)
    print(`${certFile} is gone: the next posted collection pins a name anew`)
    return EXIT.done
  }
  if (action !== 'show') throw new UsageError(`"rollcall cert ${action}" is nothing: there are show, pin NAME and reset`)
  const known = await readCert(certFile)
  if (options.json === true) printJson({ file: certFile, cert: known })
  else if (known === null) print(`no name is pinned yet: the first "rollcall collect --post" does it, in ${certFile}`)
  else
    print(
      [
        printable(known.name),
        `  file   ${certFile}`,
        `  cert   ${known.id ?? 'pre-assigned: a name alone'}`,
        `  asset  ${known.assetId ?? 'not registered yet'}`,
      ].join('\n'),
    )
  return EXIT.done
}
