/** The gateway behind real proxies: HAProxy with PROXY protocol, nginx with headers, over TCP and over unix sockets. */
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isMissing } from './support/binaries.ts'
import { curl } from './support/curl.ts'
import { postern, startPostern, temporaryFolder } from './support/postern.ts'
import { freePort, type RunningProcess } from './support/process.ts'
import { PROXY_ADDRESS, startHaproxy, startNginx } from './support/proxies.ts'

const [ALLOWED, REFUSED] = ['127.0.0.2', '127.0.0.3']
const BODY = 'up_and_well 1\n'

async function startExporter(): Promise<{ readonly url: string } & AsyncDisposable> {
  const port = await freePort()
  const server = createServer((_, response) => response.setHeader('content-type', 'text/plain; version=0.0.4').end(BODY))
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${port}/metrics`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** A gateway of plain HTTP for whoever has an allowed address. */
async function startGateway(folder: string, upstream: string, listen: string, guard: string, more = ''): Promise<RunningProcess> {
  const file = join(folder, 'postern.yaml')
  const addresses = `{allow: [${ALLOWED}]}`
  await writeFile(
    file,
    `listen: ["${listen}"]\nroutes: [{path: /metrics, upstream: "${upstream}"}]\nguard: {credentials: none, addresses: ${addresses}${guard}}\n${more}\n`,
  )
  const gateway = startPostern(['serve', '--config', file])
  await gateway.printed(/^postern serving/m)
  return gateway
}

describe.skipIf(isMissing('haproxy', 'curl'))('behind HAProxy', () => {
  test.each(['send-proxy', 'send-proxy-v2'])('with %s, plain', async (sent) => {
    await using folder = await temporaryFolder()
    await using exporter = await startExporter()
    const port = await freePort()
    await using gateway = await startGateway(
      folder.path,
      exporter.url,
      `127.0.0.1:${port}`,
      '',
      `proxy_protocol: {trusted: [${PROXY_ADDRESS}]}`,
    )
    await using haproxy = await startHaproxy(folder.path, `127.0.0.1:${port} source ${PROXY_ADDRESS} ${sent}`)
    const ask = (from: string, to: number) => curl('--interface', from, `http://127.0.0.1:${to}/metrics`)
    expect(await ask(ALLOWED, haproxy.port)).toEqual({ status: 200, body: BODY, exit: 0 })
    expect(await ask(REFUSED, haproxy.port)).toEqual({ status: 403, body: 'Forbidden\n', exit: 0 })
    await gateway.printed(new RegExp(`"address":"${REFUSED}".*"reason":"address_not_allowed"`))
    // Past the proxy there is no way in, also for one who may read.
    expect(await ask(ALLOWED, port)).toMatchObject({ status: 0 })
  })

  test.each(['send-proxy', 'send-proxy-v2'])('with %s, TLS through it, and client certificates', async (sent) => {
    await using folder = await temporaryFolder()
    await using exporter = await startExporter()
    const port = await freePort()
    const dir = join(folder.path, 'tls')
    await postern(['init', '--dir', dir, '--upstream', exporter.url, '--listen', `127.0.0.1:${port}`])
    const file = join(dir, 'postern.yaml')
    const policy = (await readFile(file, 'utf8')).replace(/^ {4}allow: .*$/m, `    allow: [${ALLOWED}]`)
    await writeFile(file, `${policy}\nproxy_protocol: {trusted: [${PROXY_ADDRESS}]}\n`)
    await using gateway = startPostern(['serve', '--config', file])
    await gateway.printed(/^postern serving/m)
    await using haproxy = await startHaproxy(folder.path, `127.0.0.1:${port} source ${PROXY_ADDRESS} ${sent}`)
    const tls = ['--cacert', join(dir, 'tls/ca.crt')]
    const proof = ['--cert', join(dir, 'tls/prometheus.crt'), '--key', join(dir, 'tls/prometheus.key')]
    const ask = (from: string, ...args: string[]) => curl(...tls, '--interface', from, ...args, `https://127.0.0.1:${haproxy.port}/metrics`)
    expect(await ask(ALLOWED, ...proof)).toEqual({ status: 200, body: BODY, exit: 0 })
    expect(await ask(ALLOWED)).toMatchObject({ status: 401 })
    expect(await ask(REFUSED, ...proof)).toMatchObject({ status: 403 })
  })

  test('whose own checks (LOCAL) come from its own address', async () => {
    await using folder = await temporaryFolder()
    await using exporter = await startExporter()
    const port = await freePort()
    const trusted = `proxy_protocol: {trusted: [${PROXY_ADDRESS}]}`
    await using gateway = await startGateway(folder.path, exporter.url, `127.0.0.1:${port}`, '', trusted)
    const check = ['option httpchk GET /metrics', 'http-check expect status 403']
    const server = `127.0.0.1:${port} source ${PROXY_ADDRESS} send-proxy-v2 check inter 200ms`
    await using haproxy = await startHaproxy(folder.path, server, check)
    await gateway.printed(new RegExp(`"address":"${PROXY_ADDRESS.replaceAll('.', '\\.')}".*"reason":"address_not_allowed"`))
    expect(await curl('--interface', ALLOWED, `http://127.0.0.1:${haproxy.port}/metrics`)).toMatchObject({ status: 200 })
  })

  test('over a unix socket', async () => {
    await using folder = await temporaryFolder()
    await using exporter = await startExporter()
    const socket = join(folder.path, 'postern.sock')
    await using _gateway = await startGateway(folder.path, exporter.url, `unix:${socket}`, '', 'proxy_protocol: {trusted: [unix]}')
    await using haproxy = await startHaproxy(folder.path, `unix@${socket} send-proxy-v2`)
    const ask = (from: string) => curl('--interface', from, `http://127.0.0.1:${haproxy.port}/metrics`)
    expect(await ask(ALLOWED)).toEqual({ status: 200, body: BODY, exit: 0 })
    expect(await ask(REFUSED)).toMatchObject({ status: 403 })
    expect(await curl('--unix-socket', socket, 'http://localhost/metrics')).toMatchObject({ status: 0 })
  })
})

describe.skipIf(isMissing('nginx', 'curl'))('behind nginx', () => {
  test.each([
    { header: 'x-forwarded-for', set: 'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for', spoofed: 'X-Forwarded-For:' },
    { header: 'forwarded', set: 'proxy_set_header Forwarded "for=$remote_addr;proto=$scheme"', spoofed: 'Forwarded: for=' },
  ])('with $header', async ({ header, set, spoofed }) => {
    await using folder = await temporaryFolder()
    await using exporter = await startExporter()
    const port = await freePort()
    const proxies = `, proxies: {trusted: [${PROXY_ADDRESS}], header: ${header}}`
    await using gateway = await startGateway(folder.path, exporter.url, `127.0.0.1:${port}`, proxies)
    await using nginx = await startNginx(folder.path, `http://127.0.0.1:${port}`, [`proxy_bind ${PROXY_ADDRESS}`, set])
    const ask = (from: string, to: number, ...args: string[]) => curl('--interface', from, ...args, `http://127.0.0.1:${to}/metrics`)
    expect(await ask(ALLOWED, nginx.port)).toEqual({ status: 200, body: BODY, exit: 0 })
    expect(await ask(ALLOWED, nginx.port, '--header', `${spoofed}garbage`)).toMatchObject({ status: 200 })
    expect(await ask(REFUSED, nginx.port)).toMatchObject({ status: 403 })
    expect(await ask(REFUSED, nginx.port, '--header', `${spoofed}${ALLOWED}`)).toMatchObject({ status: 403 })
    await gateway.printed(new RegExp(`"address":"${REFUSED}","peer":"${PROXY_ADDRESS}"`))
    // Past the proxy nobody is believed.
    expect(await ask(REFUSED, port, '--header', `${spoofed}${ALLOWED}`)).toMatchObject({ status: 403 })
  })

  test('over a unix socket', async () => {
    await using folder = await temporaryFolder()
    await using exporter = await startExporter()
    const socket = join(folder.path, 'postern.sock')
    await using gateway = await startGateway(folder.path, exporter.url, `unix:${socket}`, ', proxies: {trusted: [unix]}')
    const set = 'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for'
    await using nginx = await startNginx(folder.path, `http://unix:${socket}:`, [set])
    const ask = (from: string, ...args: string[]) => curl('--interface', from, ...args, `http://127.0.0.1:${nginx.port}/metrics`)
    expect(await ask(ALLOWED)).toEqual({ status: 200, body: BODY, exit: 0 })
    expect(await ask(REFUSED, '--header', `X-Forwarded-For: ${ALLOWED}`)).toMatchObject({ status: 403 })
    // Whoever may connect to the socket is believed; nobody without a word is in a network.
    expect(await curl('--unix-socket', socket, 'http://localhost/metrics')).toMatchObject({ status: 403 })
    expect(gateway.output()).toContain(`postern serving http://unix:${socket}:/metrics -> ${exporter.url}`)
  })
})
