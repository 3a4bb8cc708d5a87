import { spawn } from 'node:child_process'

/**
 * Tells systemd that the agent is up, and now and then that it still turns, where its unit asks for that (Type=notify, WatchdogSec; sd_notify(3)):
 * `systemctl start` waits for the one, and an agent that hangs is started anew for want of the other. By the program systemd-notify, for
 * Node has no datagram sockets of that kind.
 */
export function keepAwake(env: Readonly<Record<string, string | undefined>>, signal: AbortSignal): void {
  const withinMs = Number(env['WATCHDOG_USEC'] ?? 0) / 1000
  if (env['NOTIFY_SOCKET'] === undefined) return
  if (!(withinMs > 0)) return tellSystemd('READY=1')
  const giveSignOfLife = (): void => tellSystemd('READY=1', 'WATCHDOG=1')
  // On systemd before 246 a message is lost when its sender ends too soon: so three times within the limit, and all of it each time.
  giveSignOfLife()
  const timer = setInterval(giveSignOfLife, withinMs / 3)
  signal.addEventListener('abort', () => clearInterval(timer), { once: true })
}

function tellSystemd(...words: readonly string[]): void {
  spawn('systemd-notify', words, { stdio: 'ignore' }).on('error', () => undefined)
}
