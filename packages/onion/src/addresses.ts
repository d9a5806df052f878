import { addressScope, type Endpoint, type NodeInfo } from '@ts-toxcore/core'

/** Whether a UDP packet may be sent there on a stranger's word: no port 0, no multicast, broadcast or void. */
export function isSendable(endpoint: Endpoint): boolean {
  return endpoint.port !== 0 && addressScope(endpoint.ip) !== 'invalid'
}

/** Whether the address is of our own network, as c-toxcore's `ip_is_lan`: such peers may be told LAN addresses. */
export function isLan(endpoint: Endpoint): boolean {
  const scope = addressScope(endpoint.ip)
  return scope === 'lan' || scope === 'loopback'
}

/** Whether a packet that came from `from` may be passed on to `to`: nobody outside has a business with our own network. */
export function mayForward(from: Endpoint, to: Endpoint): boolean {
  return isSendable(to) && (isLan(from) || !isLan(to))
}

/** A node that may be asked over UDP. */
export function isUsableNode(node: NodeInfo): boolean {
  return node.protocol === 'udp' && isSendable(node.endpoint)
}
