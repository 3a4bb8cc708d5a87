#!/usr/bin/env node
// Plain JavaScript that any Node can read: better-sqlite3 would end an older one with a segmentation fault.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `rollcall needs Node 22.18 or newer, this is ${process.versions.node}. In a clone of the repository, "npm ci" brings one along: use "npx rollcall".\n`,
  )
  process.exit(2)
}
const { existsSync } = await import('node:fs')
const source = new URL('../cli/main.ts', import.meta.url)
// From a clone the source itself runs; the published package has the bundle alone.
const { main } = await import(existsSync(source) ? source.href : new URL('../dist/main.js', import.meta.url).href)
await main(process.argv.slice(2))
