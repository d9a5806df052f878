import { Chat } from './chat-session.ts'
import type { Command } from './command.ts'
import { PEER_OPTIONS_HELP, parsePeerOptions } from './peer-options.ts'
import { Profile, profilePath } from './profile.ts'
import { untilStopped } from './signals.ts'

const CHAT_HELP = `/id              your Tox ID, as text and as a QR code
/add ID [TEXT]   send a friend request
/requests        friend requests that wait for you
/accept KEY      accept one (the first digits of the key are enough)
/reject KEY      forget one
/friends         your friends
/to FRIEND       choose whom you write to, by number or name
/me TEXT         an action
/name TEXT       your name
/status TEXT     your status message
/remove FRIEND   end a friendship
//TEXT           a message that begins with a slash
/quit            leave (Ctrl-D and Ctrl-C, too)`

export const chatCommand: Command = {
  summary: 'chat in the terminal',
  help: `Usage: tox chat [OPTION…]

  --profile FILE                 the .tox file (default: ~/.config/tox/tox.tox); created if missing
${PEER_OPTIONS_HELP}
  --json                         what happens as JSON, one object a line

While it runs, a line is a message to the friend whom the prompt names, or a command:
${CHAT_HELP.replace(/^/gm, '  ')}`,

  async run(args) {
    const options = parsePeerOptions(args)
    const stopped = untilStopped('SIGHUP')
    const profile = await Profile.open(profilePath(options.profile), options.tox)
    const chat = new Chat(profile, { help: CHAT_HELP, json: options.json })
    options.join(profile.tox, error => chat.complain(error))
    await Promise.race([chat.closed, stopped])
    chat.close()
    await profile.close()
    // Node aborts when it cannot reset a terminal that is gone; ending by the signal leaves it no time to try.
    if (chat.hungUp) process.kill(process.pid, 'SIGKILL')
    return 0
  },
}
