export { Dht, type DhtOptions } from './dht.ts'
export type { DhtOutput } from './outputs.ts'
