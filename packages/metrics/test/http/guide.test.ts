/** Every example of the guide, run as it is written but for its port. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as nodeServer from '@hono/node-server'
import * as koaRouter from '@koa/router'
import * as postern from '@postern/metrics'
import express from 'express'
import fastify from 'fastify'
import * as hono from 'hono'
import Koa from 'koa'
import { describe, expect, test } from 'vitest'
import * as http from '../../src/http/index.ts'

const guide = readFileSync(new URL('../../../../docs/guide/http-metrics.md', import.meta.url), 'utf8')
const blocks = [...guide.matchAll(/^## (.+)\n(?:(?!^## )[^])*?```js\n([^]*?)```/gm)].map(([, title = '', code = '']) => ({ title, code }))

const MODULES: Readonly<Record<string, unknown>> = {
  '@hono/node-server': nodeServer,
  '@koa/router': koaRouter,
  '@postern/metrics': postern,
  '@postern/metrics/http': http,
  express: { default: express },
  fastify: { default: fastify },
  hono,
  koa: { default: Koa },
  'node:http': await import('node:http'),
}

const AsyncFunction = (async () => {}).constructor as new (...args: string[]) => (...args: unknown[]) => Promise<unknown>

/** Runs a block and answers what `expression` is behind it. */
function run(code: string, expression: string, values: Readonly<Record<string, unknown>>): Promise<unknown> {
  const body = code
    .replaceAll(/^import (\{.*\}) from '(.+)'$/gm, "const $1 = MODULES['$2']")
    .replaceAll(/^import (\w+) from '(.+)'$/gm, "const $1 = MODULES['$2'].default")
    .replace('3000', '0')
  return new AsyncFunction('MODULES', ...Object.keys(values), `${body}\nreturn ${expression}`)(MODULES, ...Object.values(values))
}

describe('the guide to HTTP metrics', () => {
  test('has an example for every framework, and one of all options', () => {
    expect(blocks.map(({ title }) => title)).toEqual(['Express', 'Fastify', 'Koa', 'Hono', 'node:http', 'Options'])
  })

  test.each(blocks.slice(0, -1))('runs on $title as written', async ({ code }) => {
    const server = (await run(code, "typeof server === 'undefined' ? app.server : server", {})) as Server
    if (!server.listening) await once(server, 'listening')
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      await (await fetch(`${url}/users/42`)).text()
      await (await fetch(`${url}/metrics`)).text()
      const response = await fetch(`${url}/metrics`)
      const body = await response.text()
      expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
      expect(body.match(/^http_requests_total.*$/gm)).toEqual(['http_requests_total{method="GET",route="/users/:id",status="200"} 1'])
      expect(body).toContain('\nhttp_requests_in_flight 0\n')
    } finally {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  })

  test('names options that there are', async () => {
    const registry = postern.createRegistry()
    await run(blocks.at(-1)!.code, 'undefined', { registry, createHttpMetrics: http.createHttpMetrics, log: { warn: () => {} } })
    expect((await registry.render({ accept: undefined })).body.match(/^# TYPE \S+/gm)).toEqual([
      '# TYPE shop_hits_total',
      '# TYPE shop_http_request_duration_seconds',
      '# TYPE shop_http_requests_in_flight',
    ])
  })

  test('names every metric, its type and the words of its labels', async () => {
    const registry = postern.createRegistry()
    http.createHttpMetrics(registry)
    for (const [, name, type] of (await registry.render({ accept: undefined })).body.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
      expect(guide).toContain(`| \`${name}\` | ${type} |`)
    }
    for (const word of ['`other`', '`unmatched`', '`aborted`']) expect(guide).toContain(word)
  })
})
