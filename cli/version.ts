import manifest from '../package.json' with { type: 'json' }

/** Version of rollcall. */
export const VERSION: string = manifest.version
