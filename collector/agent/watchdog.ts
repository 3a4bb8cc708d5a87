import { spawn } from 'node:child_process'

/**
 * Tells systemd now and then that the agent still turns, where its unit asks for that (WatchdogSec; sd_notify(3)): an agent that hangs is started anew.
 * By the program systemd-notify, for Node has no datagram sockets of that kind.
 */
export function keepAwake(env: Readonly<Record<string, string | undefined>>, signal: AbortSignal): void {
  const withinMs = Number(env['WATCHDOG_USEC'] ?? 0) / 1000
  if (env['NOTIFY_SOCKET'] === undefined || !(withinMs > 0)) return
  // Three times within the limit: on older systems a message is lost when its sender ends too soon.
  const timer = setInterval(() => {
    spawn('systemd-notify', ['WATCHDOG=1'], { stdio: 'ignore' }).on('error', () => undefined)
  }, withinMs / 3)
  signal.addEventListener('abort', () => clearInterval(timer), { once: true })
}
