import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { scratch } from './collector/scratch.ts'
import { end, freePort, layOut, listening, noSshd, spawnAmong, startedBelow, type Sshd } from './sshd.ts'

/** Why there can be no Dropbear here; false where there can. */
export const noDropbear: string | false = existsSync('/usr/sbin/dropbear') ? noSshd : 'needs dropbear-bin'

/** A real Dropbear, the SSH server of routers and initramfs, with one login `tester` that only it sees. It ends with the test. */
export async function startDropbear(t: TestContext): Promise<Pick<Sshd, 'port' | 'key' | 'started'>> {
  const folder = scratch(t)
  const port = await freePort()
  const key = layOut(folder, [{ user: 'tester' }])
  const home = join(folder, 'home/tester')
  // It looks for keys in the home alone, and wants all of it to be the login's own.
  const authorized = `mkdir "$0/.ssh"; cat >"$0/.ssh/authorized_keys"; chown -R --reference="$0" "$0/.ssh"; chmod -R go= "$0"`
  execFileSync('sh', ['-ec', authorized, home], { input: readFileSync(`${key}.pub`) })
  execFileSync('dropbearkey', ['-t', 'ed25519', '-f', join(folder, 'host')], { stdio: 'ignore' })
  const server = spawnAmong(folder, `exec /usr/sbin/dropbear -F -E -p 127.0.0.1:${port} -r "$PWD/host" -P "$PWD/pid"`)
  t.after(() => end(server))
  await listening(server, /Not backgrounding/)
  return { port, key, started: () => startedBelow(server.pid!) }
}
