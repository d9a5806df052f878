// What a test run leaves behind when it is interrupted: child processes and network namespaces. Each registers here
// how it is undone, by its own id; nothing is ever looked up by name.

const actions = new Set<() => void>()
let installed = false

/** Runs `action` (synchronously) when this process ends, also by a signal. Returns a function that forgets it. */
export function onExit(action: () => void): () => void {
  if (!installed) install()
  actions.add(action)
  return () => actions.delete(action)
}

function install(): void {
  installed = true
  process.on('exit', runAll)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      runAll()
      // The handler is gone by now: the signal does what it would have done without us.
      process.kill(process.pid, signal)
    })
  }
}

/** Newest first: a peer ends before the namespace that it lives in. */
function runAll(): void {
  for (const action of [...actions].reverse()) {
    actions.delete(action)
    try {
      action()
    } catch (error) {
      console.error(error)
    }
  }
}
