/**
 * Resolves at SIGINT, SIGTERM and the `others`, the first time; a second one ends the process as usual. SIGHUP is not
 * one of them unless asked for, because listening to it would undo `nohup`.
 */
export function untilStopped(...others: readonly NodeJS.Signals[]): Promise<void> {
  const signals = ['SIGINT', 'SIGTERM', ...others] as const
  return new Promise(resolve => {
    const stop = () => {
      for (const signal of signals) process.off(signal, stop)
      resolve()
    }
    for (const signal of signals) process.on(signal, stop)
  })
}
