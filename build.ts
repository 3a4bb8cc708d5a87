import { rmSync } from 'node:fs'
import { build } from 'rolldown'

/**
 * Makes dist/: what is published. Started from source, 40 small files cost four times as long as one bundle. What only the server needs stays
 * outside, as dependencies of the package, and in chunks that a collector never loads.
 */
const SERVER = ['better-sqlite3', 'pg', 'pino', 'kysely', 'kysely/migration', 'fastify', '@fastify/helmet', '@fastify/swagger', '@fastify/swagger-ui']

rmSync('dist', { recursive: true, force: true })
await build({
  input: { main: 'cli/main.ts', settings: 'conf/define.ts', plugin: 'plugins/author.ts', 'evaluate-worker': 'conf/evaluate-worker.ts' },
  platform: 'node',
  external: SERVER,
  output: {
    dir: 'dist',
    format: 'esm',
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: false } },
    chunkFileNames: '[name].js',
    codeSplitting: {
      groups: [
        // One file for all that every collection loads, the plugins included: a file costs half a millisecond.
        { name: 'collect', test: /cli\/(?:collect|collect-here|setup|command-line|text)\.ts|plugins\/(?!validate|breaches|foreign|author|capture)|collector\/(?:local-runner|collect|cert|job|evidence|pin|uuid|middleware|write-file|errors)|commander|typebox|canonicalize|string-width/ },
      ],
    },
  },
})
