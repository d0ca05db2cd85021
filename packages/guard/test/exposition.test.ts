import { Registry } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { toRenderFunction } from '../src/exposition.ts'

type RenderableSource = Parameters<typeof toRenderFunction>[0]

const rendered = { contentType: 'text/plain', body: 'up 1\n' }
const request = { accept: 'text/plain' }

class Own {
  readonly #body = 'up 1\n'
  render(asked: typeof request): object {
    return { contentType: asked.accept, body: this.#body }
  }
}

describe('what can be served', () => {
  test.each([
    { name: 'a function', source: (asked: typeof request) => ({ contentType: asked.accept, body: 'up 1\n' }) },
    { name: 'a function that answers later', source: () => Promise.resolve(rendered) },
    { name: 'a registry that negotiates, called as a method', source: new Own() },
    { name: 'a registry of one format', source: { contentType: 'text/plain', metrics: (): string => 'up 1\n' } },
    {
      name: 'a registry of one format that answers later',
      source: { contentType: 'text/plain', metrics: (): Promise<string> => Promise.resolve('up 1\n') },
    },
    {
      name: 'a registry of both kinds, which negotiates',
      source: { render: () => rendered, contentType: 'x', metrics: (): string => 'x' },
    },
    { name: 'a registry whose render is no function', source: { render: 7, contentType: 'text/plain', metrics: (): string => 'up 1\n' } },
  ])('$name', async ({ source }) => {
    expect(await toRenderFunction(source as RenderableSource)(request)).toEqual(rendered)
  })

  test("prom-client's registry", async () => {
    const registry = new Registry()
    expect(await toRenderFunction(registry)(request)).toEqual({ contentType: registry.contentType, body: await registry.metrics() })
  })
})

test.each([
  { source: undefined },
  { source: null },
  { source: 'up 1' },
  { source: {} },
  { source: { metrics: 'up 1' } },
  { source: { render: true } },
])('$source cannot', ({ source }) => {
  expect(() => toRenderFunction(source as unknown as RenderableSource)).toThrow(
    new TypeError('An exposition source is a registry with render() or metrics(), or a function that returns { contentType, body }.'),
  )
})
