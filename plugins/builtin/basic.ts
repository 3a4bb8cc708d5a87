import { need, textOf } from '../answer.ts'
import { definePlugin } from '../define.ts'
import { section, text } from '../fields.ts'
import { assignments, textOrNull } from '../formats/text.ts'

export default definePlugin({
  name: 'basic',
  version: 1,
  summary: 'Operating system, kernel, boot and time zone.',
  probes: {
    'os-release': { sh: 'cat /etc/os-release 2>/dev/null || cat /usr/lib/os-release' },
    'uname-fields': { exec: ['uname', '-snrm'] },
    'boot-id': { file: '/proc/sys/kernel/random/boot_id' },
  },
  schema: section({
    osName: text('Name of the operating system, without version.', 'NAME in os-release(5)'),
    osId: text('Identifier of the operating system, lower case.', 'ID in os-release(5)'),
    osVersion: text('Version of the operating system.', 'VERSION_ID in os-release(5)'),
    kernel: text('Kernel release.', 'uname -r'),
    arch: text('Machine hardware name.', 'uname -m'),
    hostname: text('Name that the host calls itself.', 'uname -n'),
    bootId: text('Random identifier of this boot: another one means a reboot.', '/proc/sys/kernel/random/boot_id'),
  }),
  keys: {},
  volatile: [],

  parse(answers) {
    const os = assignments(textOf(answers['os-release']) ?? '')
    const [, hostname, kernel, arch] = need(answers['uname-fields']).trim().split(' ')
    return {
      osName: textOrNull(os.get('NAME')),
      osId: textOrNull(os.get('ID')),
      osVersion: textOrNull(os.get('VERSION_ID')),
      kernel: textOrNull(kernel),
      arch: textOrNull(arch),
      hostname: textOrNull(hostname),
      bootId: textOrNull(textOf(answers['boot-id'])),
    }
  },
})
