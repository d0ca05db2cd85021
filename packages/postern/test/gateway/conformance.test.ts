/** The gateway as one more way to guarded metrics: the guard's own cases, held by it too. */
import { randomBytes } from 'node:crypto'
import { createGuard } from '@postern/guard'
import { compileTls, createTlsWorld, readSourceFile } from '@postern/guard/tls'
import { describeAdapter, EXPOSITION, type Mount, temporaryFolder } from '@postern/testkit'
import { openGateway } from '../../src/gateway/gateway.ts'
import { CONTENT_TYPE, startUpstream } from '../support/upstream.ts'

const mount =
  (scheme: Mount['scheme']): Mount['mount'] =>
  async ({ guard: options, onEvent, now, server }) => {
    await using folder = await temporaryFolder()
    const certFile = await folder.write('server.crt', server.cert)
    const keyFile = await folder.write('server.key', server.key)
    const settings = { certFile, keyFile }
    const upstream = await startUpstream((_, response) => void response.writeHead(200, { 'content-type': CONTENT_TYPE }).end(EXPOSITION))
    const gateway = await openGateway({
      file: 'postern.yaml',
      listen: [{ host: '127.0.0.1', port: 0 }],
      tls:
        scheme === 'https'
          ? { ...compileTls(settings, readSourceFile, Date.now()), open: (options) => createTlsWorld(settings, options) }
          : undefined,
      routes: [{ path: '/metrics', upstream: new URL(`${upstream.url}/metrics`) }],
      guard: createGuard(options, {
        onEvent,
        environment: { readFile: readSourceFile, now, elapsed: () => performance.now(), randomBytes },
      }),
      warnings: [],
    })
    return {
      url: `${gateway.origins[0]}/metrics`,
      async close() {
        await gateway.close(0)
        await upstream.close()
      },
    }
  }

describeAdapter({ name: 'the gateway', column: 'gateway', scheme: 'http', mount: mount('http') })
describeAdapter({ name: 'the gateway over TLS', column: 'gateway', scheme: 'https', mount: mount('https') })
