/** nginx and node_exporter under configurations of their own that say what a policy of ours says, as far as they can say it. */
import { writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { GuardOptions } from '@postern/guard'
import { USERS } from '@postern/testkit'
import { binary } from './binaries.ts'
import { freePort, type RunningProcess, startProcess } from './process.ts'

export interface Rival extends AsyncDisposable {
  /** Of its metrics; undefined when it has no such setting. */
  urlFor(guard: GuardOptions | undefined): string | undefined
}

const EXPORTER = ['--collector.disable-defaults', '--collector.loadavg', '--web.disable-exporter-metrics']

export interface Exporter extends AsyncDisposable {
  readonly port: number
}

/** @param config its web configuration file; left out, it asks nobody */
export async function startExporter(config?: string): Promise<Exporter> {
  const port = await freePort()
  const args = [...EXPORTER, `--web.listen-address=127.0.0.1:${port}`, ...(config === undefined ? [] : [`--web.config.file=${config}`])]
  const running = startProcess(binary('prometheus-node-exporter'), args)
  await running.printed(/TLS is (?:disabled|enabled)/)
  return { port, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() }
}

/** Users in its web configuration; one hash each, which is all it can have. */
export async function startGuardedExporter(folder: string): Promise<Rival> {
  const lines = Object.entries(USERS).map(([user, hashes]) => `  ${JSON.stringify(user)}: ${JSON.stringify([hashes].flat()[0])}`)
  const config = join(folder, 'web-config.yml')
  await writeFile(config, ['basic_auth_users:', ...lines, ''].join('\n'))
  const exporter = await startExporter(config)
  return {
    urlFor: (guard) => (guard === undefined ? `http://127.0.0.1:${exporter.port}/metrics` : undefined),
    [Symbol.asyncDispose]: () => exporter[Symbol.asyncDispose](),
  }
}

/** The users as an htpasswd file, which nginx and a policy of ours read. */
export async function writeHtpasswd(folder: string): Promise<string> {
  const file = join(folder, 'users.htpasswd')
  const lines = Object.entries(USERS).flatMap(([user, hashes]) => [hashes].flat().map((hash) => `${user}:${hash}`))
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 })
  return file
}

/**
 * One server for each policy, before a node_exporter at `upstream`.
 * @param users an htpasswd file
 */
export async function startNginx(
  folder: string,
  users: string,
  upstream: number,
  policies: readonly (GuardOptions | undefined)[],
): Promise<Rival> {
  const ports = new Map<string, number>()
  const servers: string[] = []
  for (const policy of policies) {
    const port = await freePort()
    ports.set(JSON.stringify(policy ?? ''), port)
    servers.push(`server { listen 127.0.0.1:${port}; ${locationsOf(policy, users, upstream)} }`)
  }
  const file = join(folder, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`)
  await writeFile(
    file,
    [
      `user ${userInfo().username};`,
      'daemon off; master_process off; pid nginx.pid; error_log stderr notice;',
      'events { worker_connections 256; }',
      `http { access_log off; ${temporary.join(' ')}`,
      ...servers,
      '}',
      '',
    ].join('\n'),
  )
  const running: RunningProcess = startProcess(binary('nginx'), ['-p', folder, '-c', file])
  await running.printed(/start worker process|nginx\/[\d.]+/)
  return {
    urlFor: (guard) => `http://127.0.0.1:${ports.get(JSON.stringify(guard ?? '')) ?? 0}/metrics`,
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  }
}

function locationsOf(policy: GuardOptions | undefined, users: string, upstream: number): string {
  const { credentials, addresses, rules = [{ paths: ['/metrics'] }] } = policy ?? {}
  const networks = [
    ...(addresses?.deny ?? []).map((network) => `deny ${network};`),
    ...(addresses?.allow ?? []).map((network) => `allow ${network};`),
    ...(addresses?.allow ? ['deny all;'] : []),
  ].join(' ')
  return rules
    .flatMap(({ paths = [], methods, credentials: own }) =>
      paths.map((path) => {
        if (own === 'none') return `location = ${path} { return 200 "ok"; }`
        const auth = credentials === 'none' ? '' : `auth_basic "metrics"; auth_basic_user_file ${users};`
        const limits = methods ? `limit_except ${methods.join(' ')} { deny all; }` : ''
        return `location ${path} { ${networks} ${auth} ${limits} proxy_pass http://127.0.0.1:${upstream}/metrics; }`
      }),
    )
    .join(' ')
}
