/** The command lines that come after a folder was provisioned, safe to paste, with no secret in any of their arguments. Pure. */
import { isAbsolute, join, relative } from 'node:path'
import { FILES, type GuardedEndpoint, SCRAPER } from '../generate/model.ts'

export interface NextSteps {
  readonly serve: string
  readonly prometheus: string
  /** For bash or zsh. */
  readonly curl: string
}

/**
 * @param dir absolute
 * @param cwd absolute; where the lines will be typed
 */
export function describeNextSteps(dir: string, endpoint: Pick<GuardedEndpoint, 'url' | 'credentials'>, cwd: string): NextSteps {
  const at = (file: { readonly path: string }): string => shellWord(showPath(join(dir, file.path), cwd))
  return {
    serve: `postern serve --config ${at(FILES.policy)}`,
    prometheus: `prometheus --config.file=${at(FILES.prometheus)}`,
    curl: `curl --cacert ${at(FILES.authorityCertificate)} ${proveWithCurl(endpoint.credentials, at)} ${shellWord(endpoint.url)}`,
  }
}

/** A secret reaches curl through a pipe: arguments are visible to every user of the machine. */
function proveWithCurl(credentials: GuardedEndpoint['credentials'], at: (file: { readonly path: string }) => string): string {
  if (credentials.includes('client-certificate')) return `--cert ${at(FILES.clientCertificate)} --key ${at(FILES.clientKey)}`
  if (credentials.includes('basic')) return `-K <(printf 'user = "${SCRAPER}:%s"' "$(cat ${at(FILES.password)})")`
  return `-K <(printf 'header = "Authorization: Bearer %s"' "$(cat ${at(FILES.token)})")`
}

/** `path` as one would type it in `cwd`: relative when it lies below, never starting with a dash. */
export function showPath(path: string, cwd: string): string {
  const shown = relative(cwd, path)
  if (shown === '') return '.'
  if (shown === '..' || shown.startsWith('../') || isAbsolute(shown)) return path
  return shown.startsWith('-') ? `./${shown}` : shown
}

/** One word of a POSIX shell, quoted where a shell would read it otherwise. */
export function shellWord(text: string): string {
  return /^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
