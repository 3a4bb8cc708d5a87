import ssh2, { type BaseAgent, type ParsedKey } from 'ssh2'

/**
 * An ssh-agent that is asked for its keys once, not once a host, and whose absence is no error: ssh2 would report that one as an
 * error of the connection, upon which node-ssh gives up and leaves the connection, logged in by another method, open.
 */
export function steadyAgent(socket: string): BaseAgent {
  const agent = ssh2.createAgent(socket)
  let keys: Promise<readonly ParsedKey[]> | null = null
  const steady: BaseAgent = Object.create(agent) as BaseAgent // All else is the agent's own.
  steady.getIdentities = (callback) => {
    keys ??= new Promise((resolve) => {
      agent.getIdentities((error, found) => resolve(error ? [] : ((found ?? []) as ParsedKey[]))) // Agents hold parsed keys.
    })
    void keys.then((found) => callback(undefined, [...found]))
  }
  return steady
}
