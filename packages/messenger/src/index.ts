export {
  MAX_CUSTOM_PACKET_SIZE,
  MAX_FRIEND_REQUEST_DATA_SIZE,
  MAX_MESSAGE_LENGTH,
  MAX_NAME_LENGTH,
  MAX_STATUSMESSAGE_LENGTH,
} from './constants.ts'
export type { ConnectionStatus, UserStatus } from './friend.ts'
export type { ConnectionId, Finder, Layers, Locator, SessionEvent, Sessions } from './layers.ts'
export { Messenger, type MessengerOptions, type SavedMessenger } from './messenger.ts'
export type { DropReason, MessageType, MessengerOutput } from './outputs.ts'
export {
  decodeSave,
  encodeSave,
  type Identity,
  type SaveData,
  type SaveError,
} from './save-data.ts'
export type { SavedSection } from './save-sections.ts'
export type { SavedFriend } from './saved-friend.ts'
