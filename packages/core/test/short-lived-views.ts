import type { Crypto } from '@ts-toxcore/core'

const GARBAGE = 0xa5

/**
 * A Crypto that is as forgetful as its contract allows: what it has handed out is garbage as soon as anything of it is
 * called. Nothing works with it that keeps a view too long.
 */
export function withShortLivedViews(crypto: Crypto): Crypto {
  const lent: Uint8Array[] = []
  const data = { ...crypto.data }
  const peeled = { ...crypto.peeled }

  function lend(view: Uint8Array): Uint8Array {
    const copy = view.slice()
    lent.push(copy)
    return copy
  }

  function takeBack(): void {
    for (const view of lent.splice(0)) view.fill(GARBAGE)
  }

  const lending: Crypto = {
    ...crypto,
    sealData: (...args) => lend(crypto.sealData(...args)),
    openData(...args) {
      const isOpened = crypto.openData(...args)
      if (isOpened) Object.assign(data, crypto.data, { payload: lend(crypto.data.payload) })
      return isOpened
    },
    peelOnion(...args) {
      const isOpened = crypto.peelOnion(...args)
      const { kind, address, packet } = crypto.peeled
      if (isOpened) Object.assign(peeled, { kind, address: lend(address), packet: lend(packet) })
      return isOpened
    },
    sealFrame: (...args) => lend(crypto.sealFrame(...args)),
    openFrames: (stream, bytes, onFrame) =>
      crypto.openFrames(stream, bytes, payload => {
        onFrame(lend(payload))
        takeBack()
      }),
  }
  const forgetful = Object.entries(lending).map(([name, value]) => {
    if (typeof value !== 'function') return [name, value]
    const method = (...args: unknown[]) => {
      takeBack()
      return value(...args)
    }
    return [name, method]
  })
  return { ...Object.fromEntries(forgetful), data, peeled }
}
