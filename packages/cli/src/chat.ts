import { createInterface } from 'node:readline'
import { toHex } from '@ts-toxcore/core'
import type { Tox } from 'ts-toxcore/node'
import { renderUnicodeCompact } from 'uqr'
import type { Command } from './main.ts'
import { openProfile, PROFILE_OPTION_HELP, profilePath } from './profile.ts'
import { parseNode, parseOptions, parsePorts } from './usage.ts'

const CHAT_HELP = `/id              your Tox ID, as text and as a QR code
/add ID [TEXT]   send a friend request
/accept KEY      accept a friend request (the first digits of the key are enough)
/friends         your friends
/to FRIEND       choose whom you write to, by number or name
/me TEXT         an action
/name TEXT       your name
/status TEXT     your status message
/remove FRIEND   end a friendship
/quit            leave`

export const chatCommand: Command = {
  summary: 'chat in the terminal',
  help: `Usage: tox chat [OPTION…]

${PROFILE_OPTION_HELP}
  --port N or N-M                UDP port or range (default 33445-33545)
  --bootstrap HOST:PORT:KEYHEX   join the network by this node (repeatable)
  --no-ipv6                      IPv4 only

While it runs:
${CHAT_HELP.replace(/^/gm, '  ')}`,

  async run(args) {
    const options = parseOptions(args, {
      profile: { type: 'string' },
      port: { type: 'string' },
      bootstrap: { type: 'string', multiple: true, default: [] },
      'no-ipv6': { type: 'boolean', default: false },
    })
    const nodes = options.bootstrap.map(text => parseNode('--bootstrap', text))
    const { tox, file } = await openProfile(profilePath(options.profile), {
      ipv6: !options['no-ipv6'],
      ...(options.port === undefined ? {} : { port: parsePorts('--port', options.port) }),
    })
    await file.save(() => tox.savedata())
    const chat = new Chat(tox, () => void file.save(() => tox.savedata()).catch(() => {}))
    for (const node of nodes) {
      tox.bootstrap(node.host, node.port, node.publicKey).catch((error: Error) => chat.print(error.message))
    }
    await chat.finished
    await file.save(() => tox.savedata())
    await tox.kill()
    return 0
  },
}

class Chat {
  readonly finished: Promise<void>
  readonly #tox: Tox
  readonly #changed: () => void
  readonly #lines = createInterface({ input: process.stdin, output: process.stdout, prompt: '> ' })
  /** The keys of people whose requests wait for /accept. */
  readonly #requests = new Set<string>()
  #friend: number | undefined

  constructor(tox: Tox, changed: () => void) {
    this.#tox = tox
    this.#changed = changed
    this.#friend = tox.selfFriendList[0]
    this.#lines.on('line', line => this.#handleLine(line.trim()))
    this.#lines.on('SIGINT', () => this.#lines.close())
    this.finished = new Promise(resolve => this.#lines.once('close', resolve))
    this.#listen()
    this.print(`${tox.selfName || 'You'}: ${toHex(tox.selfAddress)}\n/help lists the commands.`)
  }

  /** Prints above the line that is being typed. */
  print(text: string): void {
    if (process.stdout.isTTY) process.stdout.write('\r\x1b[K')
    console.log(text)
    this.#lines.prompt(true)
  }

  #listen(): void {
    const tox = this.#tox
    tox.on('self_connection_status', event => {
      this.print(event.connectionStatus === 'none' ? 'not connected' : 'connected: friends can find you')
    })
    tox.on('friend_request', ({ publicKey, message }) => {
      const key = toHex(publicKey)
      this.#requests.add(key)
      this.print(`friend request from ${key}: ${printable(message)}\n/accept ${key.slice(0, 8)} accepts it`)
    })
    tox.on('friend_connection_status', ({ friendNumber, connectionStatus }) => {
      this.print(`${this.#name(friendNumber)} is ${connectionStatus === 'none' ? 'offline' : 'online'}`)
      this.#friend ??= friendNumber
      this.#changed()
    })
    tox.on('friend_name', () => this.#changed())
    tox.on('friend_message', ({ friendNumber, messageType, message }) => {
      const name = this.#name(friendNumber)
      this.print(
        messageType === 'action' ? `* ${name} ${printable(message)}` : `${name}: ${printable(message)}`,
      )
    })
  }

  #handleLine(line: string): void {
    const [, command, rest = ''] = line.match(/^\/(\w+)\s*(.*)$/) ?? []
    try {
      if (command === undefined) {
        if (line !== '') this.#send('normal', line)
      } else if (Object.hasOwn(this.#commands, command)) this.#commands[command]!(rest)
      else this.print(`No command /${command}; /help lists them.`)
    } catch (error) {
      this.print((error as Error).message)
    }
    this.#lines.prompt(true)
  }

  readonly #commands: Readonly<Record<string, (rest: string) => void>> = {
    help: () => this.print(CHAT_HELP),
    id: () => {
      const address = toHex(this.#tox.selfAddress)
      this.print(`${address}\n${renderUnicodeCompact(`tox:${address}`)}`)
    },
    add: rest => {
      const [id = '', ...words] = rest.split(/\s+/)
      this.#friend = this.#tox.friendAdd(id, words.join(' ') || 'Hello, please add me on Tox.')
      this.print('The request goes out as soon as your friend is found.')
      this.#changed()
    },
    accept: rest => {
      const key = [...this.#requests].find(key => rest !== '' && key.startsWith(rest.toUpperCase()))
      if (key === undefined) throw new Error('No such request.')
      this.#requests.delete(key)
      this.#friend = this.#tox.friendAddNorequest(key)
      this.#changed()
    },
    friends: () => {
      const friends = this.#tox.selfFriendList.map(number => this.#describe(number))
      this.print(friends.join('\n') || 'No friends yet.')
    },
    to: rest => {
      this.#friend = this.#find(rest)
      this.print(`You write to ${this.#name(this.#friend)}.`)
    },
    me: rest => this.#send('action', rest),
    name: rest => {
      this.#tox.selfSetName(rest)
      this.#changed()
    },
    status: rest => {
      this.#tox.selfSetStatusMessage(rest)
      this.#changed()
    },
    remove: rest => {
      const friend = this.#find(rest)
      this.#tox.friendDelete(friend)
      if (this.#friend === friend) this.#friend = undefined
      this.#changed()
    },
    quit: () => this.#lines.close(),
  }

  #send(type: 'normal' | 'action', text: string): void {
    if (this.#friend === undefined) throw new Error('Nobody to write to yet: /add a friend first.')
    this.#tox.friendSendMessage(this.#friend, type, text)
  }

  #find(text: string): number {
    const friends = this.#tox.selfFriendList
    const found = friends.find(number => String(number) === text || this.#name(number) === text)
    if (found === undefined) throw new Error(`No friend '${text}'.`)
    return found
  }

  #name(friend: number): string {
    return printable(this.#tox.friendName(friend)) || toHex(this.#tox.friendPublicKey(friend)).slice(0, 8)
  }

  #describe(friend: number): string {
    const online = this.#tox.friendConnectionStatus(friend) !== 'none'
    return `${online ? '●' : '○'} ${friend} ${this.#name(friend)} ${printable(this.#tox.friendStatusMessage(friend))}`
  }
}

/** What others send must not move the cursor or ring bells. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, '�')
}
