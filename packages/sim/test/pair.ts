import { type Host, type LinkOptions, Simulation } from '@ts-toxcore/sim'
import { Echo, type Heard } from './echo.ts'

/** Alice and Bob with an Echo each. */
export function pair(link: LinkOptions = {}, seed = 1) {
  const sim = new Simulation({ seed, link })
  const [alice, bob] = ['alice', 'bob'].map(name => sim.addHost({ name })) as [Host, Host]
  return { sim, alice, bob, a: alice.start(new Echo()), b: bob.start(new Echo()) }
}

/** What a host’s Echo heard, oldest first. */
export const heard = (host: Host) => host.eventsOf('heard').map(event => event.output as unknown as Heard)
