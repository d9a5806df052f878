// The part of the `tox rpc` contract that both implementations speak, as types. Names that are not listed here can
// be used all the same; their fields are then unknown to the compiler.

export type ConnectionStatus = 'none' | 'tcp' | 'udp'
export type UserStatus = 'none' | 'away' | 'busy'
export type MessageType = 'normal' | 'action'
export type FileControl = 'resume' | 'pause' | 'cancel'

/** The first line of a peer. */
export interface ReadyParams {
  readonly address: string
  readonly public_key: string
  readonly dht_id: string
  readonly udp_port: number | null
  readonly tcp_port: number | null
}

interface OfFriend {
  readonly friend_number: number
}

interface OfFile extends OfFriend {
  readonly file_number: number
}

export interface EventFields {
  self_connection_status: { readonly connection_status: ConnectionStatus }
  friend_request: { readonly public_key: string; readonly message: string }
  friend_message: OfFriend & { readonly message_type: MessageType; readonly message: string }
  friend_name: OfFriend & { readonly name: string }
  friend_status_message: OfFriend & { readonly message: string }
  friend_status: OfFriend & { readonly status: UserStatus }
  friend_typing: OfFriend & { readonly typing: boolean }
  friend_connection_status: OfFriend & { readonly connection_status: ConnectionStatus }
  friend_read_receipt: OfFriend & { readonly message_id: number }
  friend_lossless_packet: OfFriend & { readonly data: string }
  friend_lossy_packet: OfFriend & { readonly data: string }
  file_recv: OfFile & { readonly kind: number; readonly file_size: number; readonly filename: string }
  file_recv_control: OfFile & { readonly control: FileControl }
  file_chunk_request: OfFile & { readonly position: number; readonly length: number }
  file_recv_chunk: OfFile & { readonly position: number; readonly data: string }
  file_sent: OfFile & { readonly path: string; readonly size: number }
  file_finished: OfFile & { readonly path: string; readonly size: number }
  /** Of the C driver's test helper `flood`. */
  flood_sent: OfFriend & { readonly count: number }
  flood_failed: OfFriend & { readonly count: number; readonly code: string }
}

export interface Results {
  self_get_address: { readonly address: string }
  self_get_public_key: { readonly public_key: string }
  self_get_dht_id: { readonly dht_id: string }
  self_get_nospam: { readonly nospam: number }
  self_get_connection_status: { readonly connection_status: ConnectionStatus }
  self_get_name: { readonly name: string }
  self_get_status_message: { readonly status_message: string }
  self_get_status: { readonly status: UserStatus }
  self_get_friend_list: { readonly friend_list: readonly number[] }
  friend_add: OfFriend
  friend_add_norequest: OfFriend
  friend_by_public_key: OfFriend
  friend_exists: { readonly exists: boolean }
  friend_get_public_key: { readonly public_key: string }
  friend_get_name: { readonly name: string }
  friend_get_status_message: { readonly status_message: string }
  friend_get_status: { readonly status: UserStatus }
  friend_get_connection_status: { readonly connection_status: ConnectionStatus }
  friend_get_typing: { readonly typing: boolean }
  friend_get_last_online: { readonly last_online: number }
  friend_send_message: { readonly message_id: number }
  iteration_interval: { readonly iteration_interval: number }
  file_send: { readonly file_number: number }
  file_get_file_id: { readonly file_id: string }
  get_savedata: { readonly savedata: string }
}

type Fields = Readonly<Record<string, unknown>>

/** An event with the time of its arrival (performance.now()). */
export type RpcEvent<T extends string = string> = {
  readonly type: T
  readonly at: number
} & (T extends keyof EventFields ? EventFields[T] : Fields)

export type RpcResult<M extends string> = M extends keyof Results ? Results[M] : Fields
