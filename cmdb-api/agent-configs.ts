import { hash } from 'node:crypto'
import { findAssetOfAgent, type AgentIdentity } from '../repository/agents.ts'
import { readRevision } from '../repository/config-revision.ts'
import type { Reader } from '../repository/connect.ts'
import { allGroups, groupsOfAsset } from '../repository/groups.ts'
import { allTemplates, groupLinks, templatesOfAsset } from '../repository/templates.ts'
import { resolve, type Centre, type Resolved, type Services } from './agent-config.ts'

/** What one agent is told, ready to be sent. */
export interface AgentConfig {
  /** Null where the host is not in the register. */
  readonly assetId: number | null
  readonly etag: string
  readonly body: string
}

/** All that is known at one revision. */
interface Known {
  readonly revision: number
  readonly centre: Promise<Centre>
  /** By public id of the asset. */
  readonly answers: Map<string, AgentConfig>
  /** By body: assets with the same services share it. */
  readonly bodies: Map<string, Pick<AgentConfig, 'etag' | 'body'>>
}

/**
 * What agents are told, kept in memory for as long as nobody edits a template, group, link or member. Whether somebody did is one indexed read, so
 * that several API processes on one database agree.
 */
export class AgentConfigs {
  readonly #db: Reader
  readonly #configUpdateSeconds: number
  #known: Known | undefined

  constructor(db: Reader, configUpdateSeconds: number) {
    this.#db = db
    this.#configUpdateSeconds = configUpdateSeconds
  }

  async of(agent: AgentIdentity): Promise<AgentConfig> {
    // Read before all that depends on it: what is kept under a revision is then never older than it.
    const known = this.#at(await readRevision(this.#db))
    const kept = agent.asset === null ? undefined : known.answers.get(agent.asset)
    if (kept !== undefined) return kept
    const asset = await findAssetOfAgent(this.#db, agent)
    if (asset === undefined) return { assetId: null, ...this.#write(known, { services: {}, origins: {} }) }
    const [centre, templates, groups] = await Promise.all([
      known.centre,
      templatesOfAsset(this.#db, asset.id),
      groupsOfAsset(this.#db, asset.id),
    ])
    const answer = { assetId: asset.id, ...this.#write(known, resolve(centre, { templates, groups })) }
    known.answers.set(asset.uuid, answer)
    return answer
  }

  #at(revision: number): Known {
    if (this.#known?.revision === revision) return this.#known
    const known = { revision, centre: readCentre(this.#db), answers: new Map(), bodies: new Map() }
    this.#known = known
    known.centre.catch(() => {
      if (this.#known === known) this.#known = undefined
    })
    return known
  }

  #write({ bodies }: Known, { services, origins }: Resolved): Pick<AgentConfig, 'etag' | 'body'> {
    const body = JSON.stringify({ services, origins, configUpdateInterval: this.#configUpdateSeconds })
    const kept = bodies.get(body)
    if (kept !== undefined) return kept
    const written = { etag: `"${hash('sha256', body, 'base64url').slice(0, 22)}"`, body }
    bodies.set(body, written)
    return written
  }
}

async function readCentre(db: Reader): Promise<Centre> {
  const [templates, groups, links] = await Promise.all([allTemplates(db), allGroups(db), groupLinks(db)])
  const nameOf = new Map(groups.map(({ id, name }) => [id, name]))
  const linked = Map.groupBy(links, ({ group }) => group)
  return {
    // The column holds only what the routes let in.
    templates: new Map(templates.map(({ name, services }) => [name, { name, services: JSON.parse(services) as Services }])),
    groups: new Map(
      groups.map(({ name, parent_id }) => {
        const parent = parent_id === null ? null : (nameOf.get(parent_id) ?? null)
        return [name, { name, parent, templates: (linked.get(name) ?? []).map(({ template }) => template) }]
      }),
    ),
  }
}
