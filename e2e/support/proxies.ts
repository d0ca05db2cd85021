/** Debian's HAProxy and nginx in front of a gateway, which both reach from an address of their own. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { binary } from './binaries.ts'
import { freePort, type RunningProcess, startProcess } from './process.ts'

/** Where a proxy connects from: an address of loopback that no client of a test has. */
export const PROXY_ADDRESS = '127.0.0.9'

export interface Proxy extends AsyncDisposable {
  readonly port: number
  readonly process: RunningProcess
}

/**
 * Passes TCP connections on.
 * @param folder for its configuration
 * @param server the rest of its `server` line: an address, `send-proxy` and so on
 */
export async function startHaproxy(folder: string, server: string, more: readonly string[] = []): Promise<Proxy> {
  const port = await freePort()
  const file = join(folder, 'haproxy.cfg')
  await writeFile(
    file,
    `defaults
  mode tcp
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen gateway
  bind 127.0.0.1:${port}
${more.map((line) => `  ${line}\n`).join('')}  server postern ${server}
`,
  )
  const process = startProcess(binary('haproxy'), ['-W', '-db', '-f', file])
  await process.printed(/Loading success/)
  return { port, process, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() }
}

/**
 * Forwards `/metrics` under the headers of `location`.
 * @param upstream what `proxy_pass` takes
 */
export async function startNginx(folder: string, upstream: string, location: readonly string[]): Promise<Proxy> {
  const port = await freePort()
  const file = join(folder, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path ${folder}/${name};\n`).join('')
  await writeFile(
    file,
    `user root;
worker_processes 1;
daemon off;
pid ${folder}/nginx.pid;
error_log stderr notice;
events {}
http {
  access_log off;
${temporary}  server {
    listen 127.0.0.1:${port};
    location = /metrics {
      proxy_pass ${upstream};
${location.map((line) => `      ${line};\n`).join('')}    }
  }
}
`,
  )
  const process = startProcess(binary('nginx'), ['-p', folder, '-e', 'stderr', '-c', file])
  await process.printed(/start worker process \d+/)
  return { port, process, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() }
}
