/** The command lines that come after a folder was provisioned, safe to paste, with no secret in any of their arguments. Pure. */
import { join } from 'node:path'
import { FILES, type GuardedEndpoint, PROMETHEUS_DATA, SCRAPER } from '../generate/model.ts'
import { startPrometheus } from '../generate/prometheus.ts'
import { shellWord, showPath } from '../show-path.ts'

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
    prometheus: startPrometheus(at(FILES.prometheus), at({ path: PROMETHEUS_DATA })),
    curl: `curl --cacert ${at(FILES.authorityCertificate)} ${proveWithCurl(endpoint.credentials, at)} ${shellWord(endpoint.url)}`,
  }
}

/** A secret reaches curl through a pipe: arguments are visible to every user of the machine. */
function proveWithCurl(credentials: GuardedEndpoint['credentials'], at: (file: { readonly path: string }) => string): string {
  if (credentials.includes('client-certificate')) return `--cert ${at(FILES.clientCertificate)} --key ${at(FILES.clientKey)}`
  if (credentials.includes('basic')) return `-K <(printf 'user = "${SCRAPER}:%s"' "$(cat ${at(FILES.password)})")`
  return `-K <(printf 'header = "Authorization: Bearer %s"' "$(cat ${at(FILES.token)})")`
}
