export {
  type CryptoOptions,
  createCrypto,
  createJsCrypto,
  fromHex,
  loadCrypto,
  ToxError,
  toHex,
} from '@ts-toxcore/core'
export type { Hexable } from './arguments.ts'
export { DhtNode, type DhtNodeOptions } from './dht-node.ts'
export type { EventStream } from './event-stream.ts'
export {
  type MessageType,
  TOX_EVENT_NAMES,
  type ToxEvent,
  type ToxEventName,
  type ToxEvents,
  type UserStatus,
} from './events.ts'
export { type Clock, Runner, type Transport } from './runner.ts'
export { addressOfSave } from './save.ts'
export {
  type ConnectionStatus,
  Stack,
  type StackEvent,
  type StackOptions,
  type StackOutput,
} from './stack.ts'
export { type BootstrapAddress, type Platform, type ToxOptions, ToxPeer } from './tox.ts'
