import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { rollcallJson, serve, type Surroundings } from '../cli/rollcall.ts'

/** A change as `rollcall changes --json` prints it. */
interface Change {
  readonly changeSetId: string
  readonly section: string
  readonly list: string | null
  readonly item: string | null
  readonly field: string | null
  readonly op: string
  readonly old: unknown
  readonly new: unknown
}

interface Posted {
  readonly receipts: readonly {
    readonly outcome: string
    readonly changes: number
    readonly changeSetId: string | null
    readonly identity: { readonly assetId: string }
  }[]
}

/** Something that happens to a machine, and what the register is to record of it: `nic interfaces name=lab0 mtu: 1500 -> 1400`. */
export type Step = readonly [happens: () => void, recorded: readonly string[]]

/** Collects and posts by the command line. */
export async function post(here: Surroundings) {
  const { receipts } = await rollcallJson<Posted>(['collect', '--post', '--json'], here)
  assert.equal(receipts.length, 1)
  return receipts[0]!
}

/** An API that runs there, and knows this machine. Gives the id of its asset. */
export async function settle(t: Pick<TestContext, 'after'>, here: Surroundings): Promise<string> {
  await serve(t, here)
  const { outcome, identity } = await post(here)
  assert.equal(outcome, 'created')
  return identity.assetId
}

/** Goes through the steps, with a collection after each, and compares what `rollcall changes` tells of them. Always of the same asset. */
export async function live(here: Surroundings, assetId: string, steps: readonly Step[]): Promise<void> {
  const sets: (string | null)[] = []
  for (const [happens, recorded] of steps) {
    happens()
    const { identity, changes, changeSetId, outcome } = await post(here)
    assert.equal(identity.assetId, assetId)
    if (changes !== recorded.length) assert.deepEqual(await recordedIn(here, changeSetId), recorded)
    assert.equal(outcome, recorded.length === 0 ? 'unchanged' : 'updated')
    sets.push(changeSetId)
  }
  const all = await rollcallJson<Change[]>(['changes', '--json', '--limit', '1000'], here)
  const told = sets.map((id) =>
    all
      .filter(({ changeSetId }) => changeSetId === id)
      .map(brief)
      .toSorted(),
  )
  assert.deepEqual(
    told,
    steps.map(([, recorded]) => recorded),
  )
}

/** What the register tells of one change set. */
export async function recordedIn(here: Surroundings, changeSetId: string | null): Promise<string[]> {
  const all = await rollcallJson<Change[]>(['changes', '--json', '--limit', '1000'], here)
  return all
    .filter((one) => one.changeSetId === changeSetId)
    .map(brief)
    .toSorted()
}

function brief({ section, list, item, field, op, old, new: now }: Change): string {
  const what = [section, list, item, field].filter((part) => part !== null).join(' ')
  return op === 'changed' ? `${what}: ${JSON.stringify(old)} -> ${JSON.stringify(now)}` : `${what}: ${op}`
}
