// Starts our peers and the real ones alike, and brings two of them together.
import {
  type CtoxBuild,
  type NodeAddress,
  RpcPeer,
  repositoryRoot,
  type SpawnOptions,
} from '@ts-toxcore/interop'
import * as assert from 'uvu/assert'

/** A kind of peer: how to start it, given options of the `tox rpc` contract. */
export interface Kind {
  readonly title: string
  argv(...options: string[]): string[]
}

const TOX = `${repositoryRoot()}/packages/cli/dist/tox.mjs`

export const ours: Kind = { title: 'ours', argv: (...options) => [process.execPath, TOX, 'rpc', ...options] }

/** Our command with any arguments. */
export function toxArgv(...args: string[]): string[] {
  return [process.execPath, TOX, ...args]
}

export function theirs(build: CtoxBuild): Kind {
  return { title: `c-toxcore ${build.version}`, argv: (...options) => build.rpc(...options) }
}

export interface StartOptions extends SpawnOptions {
  readonly bootstrap: readonly (NodeAddress & { readonly spec: string })[]
  readonly profile?: string
  readonly options?: readonly string[]
}

/** Starts a peer that looks for nobody but the given nodes. */
export function start(kind: Kind, options: StartOptions): Promise<RpcPeer> {
  const argv = kind.argv(
    '--no-local-discovery',
    ...options.bootstrap.flatMap(node => ['--bootstrap', node.spec]),
    ...(options.profile === undefined ? [] : ['--profile', options.profile]),
    ...(options.options ?? []),
  )
  return RpcPeer.spawn(argv, options)
}

/** How long the network may take for anything: c-toxcore's slow paths take over a minute. */
export const NETWORK_TIMEOUT_MS = 120_000

/** The friend numbers that two peers have for each other. */
export interface Friendship {
  readonly ofAsking: number
  readonly ofAccepting: number
}

/** `asking` sends a friend request by Tox ID, `accepting` gets and accepts it; resolves when both see each other online. */
export async function befriend(
  asking: RpcPeer,
  accepting: RpcPeer,
  message = 'Please add me',
): Promise<Friendship> {
  const { friend_number } = await asking.call('friend_add', { address: accepting.address, message })
  const ofAccepting = await accept(accepting, asking, message)
  await Promise.all([online(asking, friend_number), online(accepting, ofAccepting)])
  return { ofAsking: friend_number, ofAccepting }
}

/** Waits for the friend request of `asking` and accepts it; resolves to the new friend's number. */
export async function accept(accepting: RpcPeer, asking: RpcPeer, message: string | RegExp): Promise<number> {
  const request = await accepting.waitFor(
    'friend_request',
    event => event.public_key === asking.publicKey,
    NETWORK_TIMEOUT_MS,
  )
  if (typeof message === 'string') assert.is(request.message, message)
  else assert.match(request.message, message)
  return (await accepting.call('friend_add_norequest', { public_key: request.public_key })).friend_number
}

/** Resolves when the friend is online by UDP. */
export async function online(peer: RpcPeer, friend = 0): Promise<void> {
  await peer.waitFor(
    'friend_connection_status',
    event => event.friend_number === friend && event.connection_status === 'udp',
    NETWORK_TIMEOUT_MS,
  )
}

export async function offline(peer: RpcPeer, timeoutMs: number, friend = 0): Promise<void> {
  await peer.waitFor(
    'friend_connection_status',
    event => event.friend_number === friend && event.connection_status === 'none',
    timeoutMs,
  )
}

/** One message with its receipt. */
export async function tell(from: RpcPeer, to: RpcPeer, message: string, friend = 0): Promise<void> {
  const { message_id } = await from.call('friend_send_message', {
    friend_number: friend,
    type: 'normal',
    message,
  })
  await Promise.all([
    to.waitFor('friend_message', event => event.message === message, NETWORK_TIMEOUT_MS),
    from.waitFor(
      'friend_read_receipt',
      event => event.friend_number === friend && event.message_id === message_id,
      NETWORK_TIMEOUT_MS,
    ),
  ])
}
