// Loaded into a process of rollcall: its clocks and timers go FAST_TIME times as fast; those of an API from SIGUSR2 on, for starting has time limits.
// What an agent starts takes its true time.
const factor = Number(process.env.FAST_TIME)
const action = process.argv.find((one) => ['serve', 'run'].includes(one))
if (action === 'serve') process.once('SIGUSR2', hurry)
else if (action === 'run') hurry()

function hurry() {
  const now = Date.now
  const start = now()
  const uptime = performance.now.bind(performance)
  const startUptime = uptime()
  const later = globalThis.setTimeout
  Date.now = () => Math.floor(start + (now() - start) * factor)
  performance.now = () => startUptime + (uptime() - startUptime) * factor
  globalThis.setTimeout = (call, ms, ...args) => later(call, ms / factor, ...args)
}
