import { type KubernetesAuthorizeOptions, parseTarget, type RequestFacts } from '@postern/guard'
import { faultOf } from '@postern/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileAttributes } from '../../src/kubernetes/attributes.ts'
import { factsOf } from '../support/facts.ts'

const facts = (target: string, init: Partial<RequestFacts> & { headers?: readonly string[] } = {}): RequestFacts =>
  factsOf({ target: parseTarget(target), header: (name) => (name === 'x-namespace' ? (init.headers ?? []) : []), ...init })

describe('without resources the path is asked for', () => {
  test.each([
    { method: 'GET', verb: 'get' },
    { method: 'HEAD', verb: 'get' },
    { method: 'POST', verb: 'create' },
    { method: 'PUT', verb: 'update' },
    { method: 'PATCH', verb: 'patch' },
    { method: 'DELETE', verb: 'delete' },
    { method: 'OPTIONS', verb: 'options' },
    { method: 'PROPFIND', verb: 'propfind' },
  ])('$method is the verb $verb', ({ method, verb }) => {
    expect(compileAttributes({})(facts('/metrics?x=1', { method }))).toEqual([{ nonResourceAttributes: { path: '/metrics', verb } }])
  })

  test('another one when the rule says so', () => {
    expect(compileAttributes({ path: '/metrics' })(facts('/node/metrics'))).toEqual([
      { nonResourceAttributes: { path: '/metrics', verb: 'get' } },
    ])
  })
})

describe('resources', () => {
  const NAMESPACED = { namespace: '{{ .Value }}', apiVersion: 'v1', resource: 'namespaces', subresource: 'metrics' }
  const asked = (value: string): object => ({
    resourceAttributes: { verb: 'get', namespace: value, version: 'v1', resource: 'namespaces', subresource: 'metrics' },
  })
  const byQuery = { byQueryParameter: { name: 'namespace' } }
  const byHeader = { byHttpHeader: { name: 'X-Namespace' } }
  const of = (rewrites: KubernetesAuthorizeOptions['rewrites']): ReturnType<typeof compileAttributes> =>
    compileAttributes({ resourceAttributes: NAMESPACED, ...(rewrites ? { rewrites } : {}) })

  test('are asked for as they are written', () => {
    const attributesOf = compileAttributes({
      resourceAttributes: { apiGroup: 'apps', resource: 'deployments', name: 'shop', namespace: 'default' },
    })
    expect(attributesOf(facts('/metrics', { method: 'POST' }))).toEqual([
      { resourceAttributes: { verb: 'create', group: 'apps', resource: 'deployments', name: 'shop', namespace: 'default' } },
    ])
  })

  test('take the value wherever it is wanted, in either spelling', () => {
    const attributesOf = compileAttributes({
      resourceAttributes: { resource: 'pods', name: 'a-{{.Value}}-{{ .Value }}' },
      rewrites: byQuery,
    })
    expect(attributesOf(facts('/metrics?namespace=x'))).toEqual([{ resourceAttributes: { verb: 'get', resource: 'pods', name: 'a-x-x' } }])
  })

  test.each([
    { name: 'one of the query', rewrites: byQuery, target: '/m?namespace=a', values: ['a'] },
    { name: 'two of the query', rewrites: byQuery, target: '/m?namespace=a&x=1&namespace=b', values: ['a', 'b'] },
    { name: 'one twice', rewrites: byQuery, target: '/m?namespace=a&namespace=a', values: ['a'] },
    { name: 'one under an encoded name', rewrites: byQuery, target: '/m?n%61mespace=b&namespace=a', values: ['b', 'a'] },
    { name: 'one of a header', rewrites: byHeader, target: '/m', headers: ['a'], values: ['a'] },
    {
      name: 'the query first, and then the header',
      rewrites: { ...byQuery, ...byHeader },
      target: '/m?namespace=b',
      headers: ['a', 'c'],
      values: ['b', 'a', 'c'],
    },
  ])('every value is asked for: $name', ({ rewrites, target, headers = [], values }) => {
    expect(of(rewrites)(facts(target, { headers }))).toEqual(values.map(asked))
  })

  test.each([
    { name: 'no parameter (24)', rewrites: byQuery, target: '/m' },
    { name: 'another parameter (24)', rewrites: byQuery, target: '/m?Namespace=a' },
    { name: 'a header instead of the parameter (24)', rewrites: byQuery, target: '/m', headers: ['a'] },
    { name: 'no header (24)', rewrites: byHeader, target: '/m?X-Namespace=a' },
    { name: 'an empty value, which means all', rewrites: byQuery, target: '/m?namespace=' },
    { name: 'a name without a value', rewrites: byQuery, target: '/m?namespace' },
    { name: 'one good and one empty value', rewrites: byQuery, target: '/m?namespace=a&namespace=' },
    { name: 'the star of rules', rewrites: byQuery, target: '/m?namespace=*' },
    { name: 'a list', rewrites: byQuery, target: '/m?namespace=a,b' },
    { name: 'a space', rewrites: byQuery, target: '/m?namespace=a+b' },
    { name: 'a line end', rewrites: byQuery, target: '/m?namespace=a%0Ab' },
    { name: 'a template', rewrites: byHeader, target: '/m', headers: ['{{ .Value }}'] },
    { name: 'another parameter for who cuts at semicolons', rewrites: byQuery, target: '/m?x=1;namespace=b&namespace=a' },
    { name: 'a name that is too long', rewrites: byHeader, target: '/m', headers: ['a'.repeat(254)] },
    { name: 'more than twenty', rewrites: byHeader, target: '/m', headers: Array.from({ length: 21 }, (_, index) => `a${index}`) },
  ])('a request does not say what it asks for: $name', ({ rewrites, target, headers = [] }) => {
    expect(of(rewrites)(facts(target, { headers }))).toBeUndefined()
  })

  test('no value gets into an attribute but as it was sent, and none that means more than one name', () => {
    const attributesOf = of({ ...byHeader })
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9.*:-]{1,8}$/)), { maxLength: 4 }), (headers) => {
        const all = attributesOf(facts('/m', { headers }))
        const namespaces = all?.map((one) => ('resourceAttributes' in one ? one.resourceAttributes['namespace'] : ''))
        expect(namespaces ?? [...new Set(headers)]).toEqual([...new Set(headers)])
        expect(namespaces?.every((value) => value !== '' && !value?.includes('*')) ?? true).toBe(true)
      }),
      { numRuns: 500, interruptAfterTimeLimit: 1_000 },
    )
  })
})

describe('options with a fault', () => {
  const resource = { resource: 'pods' }
  const valued = { resource: 'pods', namespace: '{{ .Value }}' }
  test.each<{ options: unknown; path: string; message: string }>([
    { options: { path: 'metrics' }, path: 'path', message: '"metrics" is not a path' },
    { options: { path: 7 }, path: 'path', message: '7 is not a path' },
    { options: { path: '/a', resourceAttributes: resource }, path: 'path', message: 'a path and a resource are asked for together' },
    { options: { rewrites: {} }, path: 'rewrites', message: 'rewrites fill resourceAttributes, and there are none' },
    {
      options: { resourceAttributes: valued },
      path: 'resourceAttributes',
      message: 'resourceAttributes ask for a value, and nothing says where it comes from',
    },
    {
      options: { resourceAttributes: resource, rewrites: { byHttpHeader: { name: 'a' } } },
      path: 'rewrites',
      message: 'no resource attribute takes the value',
    },
    { options: { resourceAttributes: { namespace: 'a' } }, path: 'resourceAttributes.resource', message: 'no resource is named' },
    { options: { resourceAttributes: { resource: '' } }, path: 'resourceAttributes.resource', message: 'no resource is named' },
    { options: { resourceAttributes: { verb: 'get' } }, path: 'resourceAttributes.verb', message: '"verb" is not an option here' },
    {
      options: { resourceAttributes: { resource: '{{ .Name }}' } },
      path: 'resourceAttributes.resource',
      message: '"{{ .Name }}" is not a text that a value can be put into',
    },
    {
      options: { resourceAttributes: { resource: 7 } },
      path: 'resourceAttributes.resource',
      message: '7 is not a text that a value can be put into',
    },
    { options: { resourceAttributes: valued, rewrites: {} }, path: 'rewrites', message: 'nothing is named that holds a value' },
    {
      options: { resourceAttributes: valued, rewrites: { byCookie: {} } },
      path: 'rewrites.byCookie',
      message: '"byCookie" is not an option here',
    },
    {
      options: { resourceAttributes: valued, rewrites: { byHttpHeader: { name: 'a b' } } },
      path: 'rewrites.byHttpHeader.name',
      message: '"a b" is not the name of a parameter or a header',
    },
    {
      options: { resourceAttributes: valued, rewrites: { byQueryParameter: {} } },
      path: 'rewrites.byQueryParameter.name',
      message: 'undefined is not the name of a parameter or a header',
    },
  ])('$message', ({ options, path, message }) => {
    const fault = faultOf(() => compileAttributes(options as KubernetesAuthorizeOptions))
    expect([fault.code, fault.path.join('.'), fault.message]).toEqual(['ERR_POSTERN_POLICY', path, message])
  })
})
