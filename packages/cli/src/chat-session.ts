import { toHex } from '@ts-toxcore/core'
import { type Tox, ToxError, type ToxEventName, type ToxEvents } from 'ts-toxcore/node'
import { renderUnicodeCompact } from 'uqr'
import type { Profile } from './profile.ts'
import { PROFILE_CHANGES, toParams } from './rpc-events.ts'
import { Terminal } from './terminal.ts'
import { MAX_MESSAGE_SIZE, printable, printableLines, shorten, splitText } from './text.ts'

/** Strangers may knock as often as they like; so many of them are remembered. */
const MAX_REQUESTS = 100
const MAX_NAME_IN_PROMPT = 20

export interface ChatOptions {
  readonly help: string
  readonly json: boolean
}

/** A conversation in the terminal: events are printed, lines are messages and commands. */
export class Chat {
  readonly closed: Promise<void>
  readonly #profile: Profile
  readonly #tox: Tox
  readonly #options: ChatOptions
  readonly #terminal = new Terminal({ onText: text => this.#handleText(text) })
  /** Requests that wait for /accept: key → message. */
  readonly #requests = new Map<string, string>()
  readonly #online = new Set<number>()
  #friend: number | undefined

  constructor(profile: Profile, options: ChatOptions) {
    this.#profile = profile
    this.#tox = profile.tox
    this.#options = options
    this.closed = this.#terminal.closed
    this.#listen()
    const address = toHex(this.#tox.selfAddress)
    this.#say(
      { type: 'ready', address },
      `${profile.isNew ? `New profile ${profile.path}\n` : ''}${printable(this.#tox.selfName) || 'You'}: ${address}\n/help lists the commands.`,
    )
    this.#writeTo(this.#tox.selfFriendList[0])
  }

  /** True if the terminal is gone. */
  get hungUp(): boolean {
    return this.#terminal.hungUp
  }

  close(): void {
    this.#terminal.close()
  }

  complain(error: Error): void {
    const code = error instanceof ToxError ? { code: `TOX_ERR_${error.code}` } : {}
    this.#say({ type: 'error', message: error.message, ...code }, printable(error.message))
  }

  #say(fields: object, text: string): void {
    if (this.#options.json) console.log(JSON.stringify(fields))
    else this.#terminal.print(text)
  }

  #save(): void {
    this.#profile.save().catch(error => this.complain(error))
  }

  #listen(): void {
    this.#on('self_connection_status', ({ connectionStatus }) =>
      connectionStatus === 'none' ? 'not connected' : 'connected: friends can find you',
    )
    this.#on('friend_request', ({ publicKey, message }) => {
      const key = toHex(publicKey)
      if (this.#requests.size >= MAX_REQUESTS || this.#requests.has(key)) return undefined
      this.#requests.set(key, message)
      return `friend request from ${key}: ${printableLines(message)}\n/accept ${key.slice(0, 8)} accepts it`
    })
    this.#on('friend_connection_status', ({ friendNumber, connectionStatus }) => {
      const online = connectionStatus !== 'none'
      if (this.#online.has(friendNumber) === online) return undefined
      if (online) this.#online.add(friendNumber)
      else this.#online.delete(friendNumber)
      if (this.#friend === undefined) this.#writeTo(friendNumber)
      return `${this.#name(friendNumber)} is ${online ? 'online' : 'offline'}`
    })
    this.#on('friend_name', ({ friendNumber }) => {
      if (friendNumber === this.#friend) this.#writeTo(friendNumber)
      return undefined
    })
    this.#on('friend_status_message', () => undefined)
    this.#on('friend_status', () => undefined)
    this.#on('friend_message', ({ friendNumber, messageType, message }) => {
      const name = this.#name(friendNumber)
      const text = printableLines(message)
      return messageType === 'action' ? `* ${name} ${text}` : `${name}: ${text}`
    })
  }

  /** Says what `describe` makes of an event; as JSON every event is said. */
  #on<N extends ToxEventName>(name: N, describe: (event: ToxEvents[N]) => string | undefined): void {
    this.#tox.on(name, event => {
      const text = describe(event)
      if (text !== undefined || this.#options.json) this.#say(toParams(event), text ?? '')
      if (PROFILE_CHANGES.has(name)) this.#save()
    })
  }

  #handleText(text: string): void {
    const [, command, rest = ''] = text.match(/^\/(\w+)(?:\s+([\s\S]*))?$/) ?? []
    try {
      if (command === undefined) this.#send('normal', text.replace(/^\/\//, '/'))
      else if (Object.hasOwn(this.#commands, command)) this.#commands[command]!(rest)
      else throw new Error(`No command /${command}; /help lists them.`)
    } catch (error) {
      this.complain(error as Error)
    }
  }

  readonly #commands: Readonly<Record<string, (rest: string) => void>> = {
    help: () => this.#say({ type: 'help', text: this.#options.help }, this.#options.help),
    id: () => {
      const address = toHex(this.#tox.selfAddress)
      this.#say({ type: 'id', address }, `${address}\n${renderUnicodeCompact(`tox:${address}`)}`)
    },
    add: rest => {
      const [, id, text] = rest.match(/^(?:tox:)?([0-9a-f]{76})(?:\s+([\s\S]*))?$/i) ?? []
      if (id === undefined) throw new Error('A Tox ID has 76 hexadecimal digits.')
      const friendNumber = this.#tox.friendAdd(id, text ?? 'Hello, please add me on Tox.')
      this.#save()
      this.#say(
        { type: 'added', friend_number: friendNumber },
        'The request goes out as soon as your friend is found.',
      )
      this.#writeTo(friendNumber)
    },
    requests: () => {
      const requests = [...this.#requests].map(([public_key, message]) => ({ public_key, message }))
      const lines = requests.map(({ public_key, message }) => `${public_key}: ${printableLines(message)}`)
      this.#say({ type: 'requests', requests }, lines.join('\n') || 'No requests.')
    },
    accept: rest => {
      const key = this.#findRequest(rest)
      const friendNumber = this.#tox.friendAddNorequest(key)
      this.#requests.delete(key)
      this.#save()
      this.#say({ type: 'added', friend_number: friendNumber }, `${key.slice(0, 8)} is your friend now.`)
      this.#writeTo(friendNumber)
    },
    reject: rest => void this.#requests.delete(this.#findRequest(rest)),
    friends: () => {
      const friends = this.#tox.selfFriendList
      const fields = friends.map(number => ({
        friend_number: number,
        public_key: toHex(this.#tox.friendPublicKey(number)),
        name: this.#tox.friendName(number),
        connection_status: this.#tox.friendConnectionStatus(number),
      }))
      const lines = friends.map(number => this.#describe(number))
      this.#say({ type: 'friends', friends: fields }, lines.join('\n') || 'No friends yet.')
    },
    to: rest => {
      const friendNumber = this.#findFriend(rest)
      this.#say({ type: 'to', friend_number: friendNumber }, `You write to ${this.#name(friendNumber)}.`)
      this.#writeTo(friendNumber)
    },
    me: rest => this.#send('action', rest),
    name: rest => {
      this.#tox.selfSetName(rest)
      this.#save()
    },
    status: rest => {
      this.#tox.selfSetStatusMessage(rest)
      this.#save()
    },
    remove: rest => {
      const friendNumber = this.#findFriend(rest)
      this.#tox.friendDelete(friendNumber)
      this.#online.delete(friendNumber)
      this.#save()
      if (this.#friend === friendNumber) this.#writeTo(undefined)
    },
    quit: () => this.close(),
  }

  #send(type: 'normal' | 'action', text: string): void {
    const friendNumber = this.#friend
    if (friendNumber === undefined)
      throw new Error('Nobody to write to yet: /add a friend, or choose one with /to.')
    if (text === '') throw new Error('There is nothing to send.')
    if (!this.#online.has(friendNumber)) throw new Error(`Not sent: ${this.#name(friendNumber)} is offline.`)
    for (const piece of splitText(text, MAX_MESSAGE_SIZE)) {
      const messageId = this.#tox.friendSendMessage(friendNumber, type, piece)
      if (this.#options.json)
        this.#say({ type: 'sent', friend_number: friendNumber, message_id: messageId }, '')
    }
  }

  /** Chooses whom messages go to; the prompt says so. */
  #writeTo(friendNumber: number | undefined): void {
    this.#friend = friendNumber
    const name = friendNumber === undefined ? '' : shorten(this.#name(friendNumber), MAX_NAME_IN_PROMPT)
    this.#terminal.setPrompt(`${name}> `)
  }

  #findRequest(text: string): string {
    const found = [...this.#requests.keys()].filter(key => text !== '' && key.startsWith(text.toUpperCase()))
    const [key] = found
    if (key === undefined) throw new Error('No such request; /requests lists them.')
    if (found.length > 1) throw new Error('Several keys begin so: give more digits.')
    return key
  }

  #findFriend(text: string): number {
    const friends = this.#tox.selfFriendList
    const numbered = friends.find(number => String(number) === text)
    if (numbered !== undefined) return numbered
    const found = friends.filter(number => this.#name(number) === text)
    if (found[0] === undefined) throw new Error(`No friend '${text}'; /friends lists them.`)
    if (found.length > 1) throw new Error(`Several friends are called '${text}': give a number.`)
    return found[0]
  }

  #name(friend: number): string {
    return printable(this.#tox.friendName(friend)) || toHex(this.#tox.friendPublicKey(friend)).slice(0, 8)
  }

  #describe(friend: number): string {
    const mark = this.#online.has(friend) ? '●' : '○'
    return `${mark} ${friend} ${this.#name(friend)} ${printable(this.#tox.friendStatusMessage(friend))}`.trimEnd()
  }
}
