import type { Settings } from '../../conf/schema.ts'
import type { Target } from './target.ts'

/**
 * What the settings say about every host of which the list says nothing else.
 *
 * @param user who runs rollcall
 */
export function targetDefaults(
  ssh: Settings['ssh'],
  { user, agent }: { readonly user: string; readonly agent: string | undefined },
): Omit<Target, 'address'> {
  return {
    name: null,
    port: 22,
    user: ssh.user ?? user,
    credentials: { key: ssh.key, passphrase: ssh.passphrase, password: ssh.password, agent: ssh.agent ?? (agent || null) },
    hostKeyAlias: null,
    hostKeys: ssh.hostKeys,
    via: [],
    become: ssh.become,
    sudoPassword: ssh.sudoPassword,
    client: ssh.client,
    deadlines: { connectMs: ssh.connectSeconds * 1000, hostMs: ssh.hostSeconds * 1000 },
  }
}
