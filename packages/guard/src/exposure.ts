/** Secure by default: what a listener beyond loopback must have before it may start. */
import { policyError } from './errors.ts'
import { isLoopback, parseAddress } from './net/address.ts'

export interface Exposure {
  /** The host to listen on: an address or a name. Any name but `localhost` counts as reachable. */
  readonly host: string
  readonly authenticates: boolean
  readonly encrypted: boolean
  /** The owner's words for the two ways out: `allow_plaintext` in a file, `allowPlaintext` in code, `--allow-plaintext` on a command line. */
  readonly allowUnauthenticated: { readonly option: string; readonly set: boolean }
  readonly allowPlaintext: { readonly option: string; readonly set: boolean }
}

/** @throws {PosternError} ERR_POSTERN_OPEN when others could read without a credential, or read credentials from the wire. */
export function checkExposure(exposure: Exposure): void {
  const { host, allowUnauthenticated, allowPlaintext } = exposure
  if (isLoopbackHost(host)) return
  if (!exposure.authenticates && !allowUnauthenticated.set) {
    throw policyError('ERR_POSTERN_OPEN', `the listener on "${host}" can be reached from other machines and asks for no credential`, {
      fix: `Add credentials, listen on localhost, or ${setting(allowUnauthenticated.option)} if everyone who reaches it may read.`,
    })
  }
  if (!exposure.encrypted && !allowPlaintext.set) {
    throw policyError('ERR_POSTERN_OPEN', `the listener on "${host}" can be reached from other machines and speaks no TLS`, {
      fix: `Add a certificate and key, listen on localhost, or ${setting(allowPlaintext.option)} if something before it encrypts.`,
    })
  }
}

const setting = (option: string): string => (option.startsWith('--') ? `write ${option}` : `set ${option}: true`)

/** True for `localhost`, 127.0.0.0/8 and ::1. */
export function isLoopbackHost(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true
  const address = parseAddress(host)
  return address !== undefined && isLoopback(address)
}
