import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { groupingPath, type PushGrouping } from '../../src/push/grouping.ts'

describe('the path of a group', () => {
  test.each<{ name: string; grouping: PushGrouping; path: string }>([
    { name: 'is the job alone', grouping: { job: 'backup' }, path: '/metrics/job/backup' },
    {
      name: 'has the labels in their order',
      grouping: { job: 'backup', labels: { instance: '10.0.0.1:9100', Az_9: 'eu-1~b' } },
      path: '/metrics/job/backup/instance/10.0.0.1:9100/Az_9/eu-1~b',
    },
    {
      name: 'writes a slash in base64',
      grouping: { job: 'a', labels: { path: '/var/tmp' } },
      path: '/metrics/job/a/path@base64/L3Zhci90bXA',
    },
    { name: 'writes an empty value as padding', grouping: { job: 'a', labels: { x: '' } }, path: '/metrics/job/a/x@base64/=' },
    { name: 'writes Unicode in base64', grouping: { job: 'Προμηθεύς' }, path: '/metrics/job@base64/zqDPgc6_zrzOt864zrXPjc-C' },
    { name: 'writes a job with a slash in base64', grouping: { job: 'a/b' }, path: '/metrics/job@base64/YS9i' },
    { name: 'uses the alphabet for URLs', grouping: { job: '>>>???' }, path: '/metrics/job@base64/Pj4-Pz8_' },
    {
      name: 'hides a dot from routers',
      grouping: { job: 'a', labels: { x: '.', y: '..', z: '...' } },
      path: '/metrics/job/a/x@base64/Lg/y@base64/Li4/z/...',
    },
    {
      name: 'hides characters that are decoded twice',
      grouping: { job: 'a', labels: { x: '%2F', y: 'a+b' } },
      path: '/metrics/job/a/x@base64/JTJG/y@base64/YSti',
    },
    { name: 'writes half a character as U+FFFD', grouping: { job: 'a', labels: { x: '\ud800' } }, path: '/metrics/job/a/x@base64/77-9' },
    {
      name: 'keeps names that JavaScript knows otherwise',
      grouping: { job: 'a', labels: { constructor: 'x' } },
      path: '/metrics/job/a/constructor/x',
    },
  ])('$name', ({ grouping, path }) => {
    expect(groupingPath(grouping)).toBe(path)
  })

  test('is read back by the rules of the Pushgateway', () => {
    const name = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_]{0,5}$/).filter((one) => one !== 'job' && one !== 'le')
    const value = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.string({ unit: 'grapheme-ascii', maxLength: 12 }))
    fc.assert(
      fc.property(
        value.filter((job) => job !== ''),
        fc.dictionary(name, value, { maxKeys: 4 }),
        (job, labels) => {
          expect(readPath(groupingPath({ job, labels }))).toEqual({ ...labels, job })
        },
      ),
      { numRuns: 300, interruptAfterTimeLimit: 3000 },
    )
  })
})

/** What handler/push.go does: splits the path, and decodes what follows a name in `@base64`. */
function readPath(path: string): Record<string, string> {
  const url = new URL(path, 'http://gateway.example')
  expect(url.pathname).toBe(path) // No router has anything to clean.
  const [, root, ...parts] = path.split('/')
  expect(root).toBe('metrics')
  expect(parts.length % 2).toBe(0)
  const labels: Record<string, string> = {}
  for (let index = 0; index < parts.length; index += 2) {
    const [name = '', value = ''] = parts.slice(index, index + 2)
    expect(value).not.toBe('')
    const plain = name.replace(/@base64$/, '')
    labels[plain] = plain === name ? value : Buffer.from(value, 'base64url').toString('utf8')
  }
  return labels
}

describe('a grouping is refused', () => {
  test.each<{ name: string; grouping: unknown; message: string }>([
    {
      name: 'without a job',
      grouping: {},
      message: 'The grouping has the job undefined: the Pushgateway keeps no group without one. Write it like nightly_backup.',
    },
    {
      name: 'with an empty job',
      grouping: { job: '' },
      message: 'The grouping has the job "": the Pushgateway keeps no group without one. Write it like nightly_backup.',
    },
    {
      name: 'with the job among the labels',
      grouping: { job: 'a', labels: { job: 'b' } },
      message: 'The grouping has the label "job", which is the job itself. Write it as job, beside labels.',
    },
    {
      name: 'with a name that no label may have',
      grouping: { job: 'a', labels: { 'x@base64': 'eA' } },
      message:
        'The grouping has the label "x@base64": the alphabet is letters, digits and "_", and a digit cannot come first. Write it like status_code.',
    },
    {
      name: 'with a reserved name',
      grouping: { job: 'a', labels: { __name__: 'x' } },
      message: 'The grouping has the label "__name__": names in "__" belong to Prometheus itself. Write it without them.',
    },
    {
      name: 'with a value that was forgotten',
      grouping: { job: 'a', labels: { instance: undefined } },
      message: 'The grouping has the label "instance" with the value undefined, which is not a string. Write it in quotes.',
    },
    {
      name: 'with a number',
      grouping: { job: 'a', labels: { shard: 3 } },
      message: 'The grouping has the label "shard" with the value 3, which is not a string. Write it in quotes.',
    },
  ])('$name', ({ grouping, message }) => {
    expect(() => groupingPath(grouping as PushGrouping)).toThrow(new TypeError(message))
  })
})
