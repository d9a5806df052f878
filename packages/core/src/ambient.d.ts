/**
 * The few globals that engine packages may use. They compile without DOM and Node types, so that an
 * engine cannot reach for a clock, a socket or a file by accident (ARCHITECTURE.md, "The engine law").
 */
declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean })
  decode(bytes?: Uint8Array): string
}
declare function atob(base64: string): string
/** Node's, where there is one: it reads base64 faster than anything else before `Uint8Array.fromBase64`. */
declare const Buffer: { from(text: string, encoding: 'base64'): Uint8Array } | undefined
