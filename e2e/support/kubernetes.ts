/** A real Kubernetes API server with its etcd, and its administrator: for tests of what it vouches for. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './process.ts'
import { eventually } from './prometheus.ts'

const run = promisify(execFile)

/**
 * A folder with two programs: `up DIR PORT` starts an API server and etcd on PORT and the two after it, leaves `ca.crt` and `admin.token`
 * in DIR and prints the URL; `down DIR` ends them. No package ships an API server: where there is none, its tests are skipped.
 */
export const KUBERNETES = process.env['POSTERN_KUBERNETES']

export interface KubernetesServer extends AsyncDisposable {
  readonly url: string
  readonly caFile: string
  /** As the administrator. @returns the body of the answer @throws when its status is not one of success */
  call<T = unknown>(method: string, path: string, body?: object): Promise<T>
  /** A token of a service account for `audience`, of an hour. */
  issueToken(account: string, audience: string): Promise<string>
  stop(): Promise<void>
  /** After `stop`, with all that it knew. */
  start(): Promise<void>
}

export const NAMESPACE = 'monitoring'

/** @param dir of the test's own; keeps all state */
export async function startKubernetes(dir: string): Promise<KubernetesServer> {
  const program = (name: string): string => join(String(KUBERNETES), name)
  const port = await threeFreePorts()
  const start = async (): Promise<void> => void (await run(program('up'), [dir, String(port)]))
  const stop = async (): Promise<void> => {
    await run(program('down'), [dir])
    // Both have been told to end, and answer for a moment longer.
    await eventually(
      async () => (await isFree(port)) && (await isFree(port + 1)),
      (free) => free,
    )
  }
  await start()
  const url = `https://127.0.0.1:${port}`
  const caFile = join(dir, 'ca.crt')
  const [ca, admin] = [await readFile(caFile), (await readFile(join(dir, 'admin.token'), 'utf8')).trim()]
  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const text = await new Promise<string>((resolve, reject) => {
      const headers = { authorization: `Bearer ${admin}`, 'content-type': 'application/json' }
      const sent = request(`${url}${path}`, { method, ca, headers, agent: false }, (response) => {
        let answer = ''
        response
          .setEncoding('utf8')
          .on('data', (chunk: string) => (answer += chunk))
          .on('end', () => {
            if (Number(response.statusCode) < 300) resolve(answer)
            else reject(new Error(`${method} ${path}: ${response.statusCode} ${answer}`))
          })
      })
      sent.on('error', reject).end(body && JSON.stringify(body))
    })
    return JSON.parse(text) as T
  }
  return {
    url,
    caFile,
    call,
    async issueToken(account, audience) {
      const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${account}/token`
      const spec = { audiences: [audience], expirationSeconds: 3_600 }
      const { status } = await call<{ status: { token: string } }>('POST', path, {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec,
      })
      return status.token
    },
    start,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** One after the other: the programs take them so. */
async function threeFreePorts(): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const first = await freePort()
    if ((await isFree(first + 1)) && (await isFree(first + 2))) return first
  }
  throw new Error('no three ports in a row are free')
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.on('error', () => resolve(false)).listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
