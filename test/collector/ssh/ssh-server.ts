import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import ssh2, { type AuthContext } from 'ssh2'
import { keyPair } from '../../ssh-keys.ts'

/** An SSH server in this process, which decides about logins as a test needs it, and runs nothing. */
export async function serveSsh(t: TestContext, onLogin: (context: AuthContext) => void): Promise<number> {
  const key = keyPair().private
  const clients = new Set<ssh2.Connection>()
  const server = new ssh2.Server({ hostKeys: [key] }, (client) => {
    clients.add(client)
    client.on('authentication', onLogin).on('error', () => undefined)
    client.on('session', (accept) => accept().on('exec', (_accept, reject) => reject()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const client of clients) client.end()
    server.close()
  })
  return (server.address() as AddressInfo).port // It listens on TCP.
}
