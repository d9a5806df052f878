export { NetCrypto, type NetCryptoOptions } from './net-crypto.ts'
export type { ConnectionId, DropReason, NetCryptoOutput } from './outputs.ts'
