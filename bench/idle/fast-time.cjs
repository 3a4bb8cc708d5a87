// Loaded into a process of rollcall: its clocks and timers go FAST_TIME times as fast. What an agent starts, takes its true time.
const factor = Number(process.env.FAST_TIME)
if (!['errand', 'settings'].includes(process.argv.at(-1))) {
  const start = Date.now()
  const now = Date.now
  const uptime = performance.now.bind(performance)
  const later = globalThis.setTimeout
  Date.now = () => Math.floor(start + (now() - start) * factor)
  performance.now = () => uptime() * factor
  globalThis.setTimeout = (call, ms, ...args) => later(call, ms / factor, ...args)
}
