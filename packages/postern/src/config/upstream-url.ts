/** The address of an exporter as people write it. Pure; what it shows of a refused URL never holds a password or a query. */
import { commandError } from '../errors.ts'

/**
 * Reads an http or https URL. One without a path means `defaultPath` there.
 * @param path where it stands: `['routes', 0, 'upstream']` in a file, `['--upstream']` on a command line
 * @throws {PosternError} ERR_POSTERN_UPSTREAM_URL for another scheme, credentials, a query or a fragment
 */
export function parseUpstreamUrl(text: string, path: readonly (string | number)[], defaultPath: string): URL {
  const shown = JSON.stringify(withoutSecrets(text))
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw commandError('ERR_POSTERN_UPSTREAM_URL', `${shown} is not an http or https URL`, {
      path,
      fix: 'Write it like http://127.0.0.1:8080/metrics.',
    })
  }
  if (url.username !== '' || url.password !== '') {
    throw commandError('ERR_POSTERN_UPSTREAM_URL', `${shown} has credentials in it, and a URL is shown in logs and lists of processes`, {
      path,
      fix: 'Take them out, and bind the exporter to loopback instead.',
    })
  }
  if (/[?#]/.test(text)) {
    throw commandError('ERR_POSTERN_UPSTREAM_URL', `${shown} has a query or a fragment, which is no part of the address of an exporter`, {
      path,
      fix: 'Leave out everything from ? or # on; a scraper sends its own parameters.',
    })
  }
  return url.pathname === '/' && !text.endsWith('/') ? new URL(defaultPath, url) : url
}

/** A password may hold `?`, `#` and even `@`, so the last `@` ends it. */
function withoutSecrets(text: string): string {
  const at = text.lastIndexOf('@')
  const scheme = /^[a-z][a-z0-9+.-]*:\/*/i.exec(text)?.[0] ?? ''
  const shown = at < 0 ? text : `${scheme}…@${text.slice(at + 1)}`
  return shown.replace(/[?#].*$/s, (rest) => `${rest.slice(0, 1)}…`)
}
