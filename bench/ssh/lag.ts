import { writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { threadId } from 'node:worker_threads'

/** Loaded into every thread of a measured process: the 99th percentile of its event loop's lag in ms, in a file for each thread. */
const lag = monitorEventLoopDelay({ resolution: 5 })
lag.enable()
setInterval(() => writeFileSync(`${process.env['BENCH_LAG']}.${threadId}`, String(lag.percentile(99) / 1e6)), 250).unref()
