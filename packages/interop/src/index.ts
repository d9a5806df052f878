// The real c-toxcore beside ours: builds of it, peers, bootstrap nodes, and networks with NATs to put them into.
export * from './bootstrapd.ts'
export { onExit } from './cleanup.ts'
export type * from './contract.ts'
export * from './netns.ts'
export * from './peer.ts'
export * from './ports.ts'
export * from './rig.ts'
