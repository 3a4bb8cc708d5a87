import type { FastifyRequest } from 'fastify'
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { BlockList, isIPv6 } from 'node:net'
import type { Reader, Writer } from '../repository/connect.ts'
import { findToken, insertToken } from '../repository/tokens.ts'
import { ApiError } from './errors.ts'
import type { TokensUsed } from './tokens-used.ts'

/**
 * What a token may do. reader: all GETs. collector: send reports, and ask what agents are to do and tell what came of it, for any host: a
 * token is not bound to one. capture: send captures, and nothing else. operator: reader, and people's fields, conflicts and tasks. admin:
 * everything.
 */
export const ROLES = ['reader', 'collector', 'capture', 'operator', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** Who makes a request. */
export interface Actor {
  readonly tokenId: string
  readonly name: string
  readonly role: Role
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Roles that may use the route, beside admin. Without it the route needs no token. */
    roles?: readonly Role[]
  }
  interface FastifyRequest {
    actor: Actor | null
  }
}

export interface NewToken {
  readonly name: string
  readonly role: Role
  /** CIDR ranges that may use it; none means all. */
  readonly networks?: readonly string[]
  readonly expiresAt?: number | null
}

/** Makes a token and returns its text, which is kept nowhere: only its hash is. */
export async function createToken(
  db: Writer,
  { name, role, networks = [], expiresAt = null }: NewToken,
  now: number,
): Promise<{ readonly id: string; readonly text: string }> {
  const id = randomBytes(6).toString('hex')
  const secret = randomBytes(32).toString('base64url')
  await insertToken(db, {
    id,
    name,
    role,
    hash: hashOf(secret),
    networks: JSON.stringify(networks),
    created_at: now,
    expires_at: expiresAt,
    used_at: null,
    revoked_at: null,
  })
  return { id, text: `rc_${id}.${secret}` }
}

/** The token's owner, or null for one that is unknown, revoked, expired or used from elsewhere. */
export async function authenticate(
  db: Reader,
  text: string,
  address: string,
  now: number,
): Promise<(Actor & { readonly usedAt: number | null }) | null> {
  const [, id, secret] = /^rc_([0-9a-f]{12})\.([\w-]{43})$/.exec(text) ?? []
  if (id === undefined || secret === undefined) return null
  const token = await findToken(db, id)
  if (token === undefined || !timingSafeEqual(Buffer.from(token.hash), Buffer.from(hashOf(secret)))) return null
  if (token.revoked_at !== null || (token.expires_at !== null && token.expires_at <= now)) return null
  // The columns hold only what createToken wrote.
  if (!isWithin(address, JSON.parse(token.networks) as string[])) return null
  return { tokenId: id, name: token.name, role: token.role as Role, usedAt: token.used_at }
}

/** Lets a request through to a route, or refuses it without saying which part of the token was wrong. */
export async function authorise(request: FastifyRequest, reader: Reader, used: TokensUsed, now: number): Promise<void> {
  const { roles } = request.routeOptions.config
  if (roles === undefined) return
  const [scheme, text] = (request.headers.authorization ?? '').split(' ')
  if (scheme?.toLowerCase() !== 'bearer' || text === undefined)
    throw new ApiError(401, 'this needs a token: send "Authorization: Bearer rc_…"; "rollcall token create" makes one')
  const actor = await authenticate(reader, text, request.ip, now)
  if (actor === null) throw new ApiError(401, 'the token is unknown, expired, revoked, or not for this address')
  if (actor.role !== 'admin' && !roles.includes(actor.role))
    throw new ApiError(403, `a token with the role ${actor.role} may not do this; it needs ${roles.join(' or ')}`)
  request.actor = actor
  used.add(actor.tokenId, actor.usedAt, now)
}

/** Whether a text is an address range that a token can be limited to. */
export function isNetwork(text: string): boolean {
  try {
    ranges([text])
    return true
  } catch {
    return false
  }
}

function isWithin(address: string, networks: readonly string[]): boolean {
  if (networks.length === 0) return true
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address
  return ranges(networks).check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4')
}

function ranges(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [, base = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(network) ?? []
    const kind = isIPv6(base) ? 'ipv6' : 'ipv4'
    list.addSubnet(base, bits === undefined ? (kind === 'ipv6' ? 128 : 32) : Number(bits), kind)
  }
  return list
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
