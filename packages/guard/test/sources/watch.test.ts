import { type FSWatcher, watch } from 'node:fs'
import { mkdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TemporaryFolder, temporaryFolder } from '@postern/testkit'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { readSourceFile } from '../../src/sources/file.ts'
import { recordReads, type WatchTimes, watchFiles } from '../../src/sources/watch.ts'

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>()
  return { ...real, watch: vi.fn(real.watch) }
})
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  return { ...real, readFile: vi.fn(real.readFile), readlink: vi.fn(real.readlink) }
})
const real = await vi.importActual<typeof import('node:fs/promises')>('node:fs/promises')

afterEach(() => {
  vi.mocked(readFile).mockImplementation(real.readFile)
  vi.mocked(watch).mockClear()
})

/** What the kernel does not tell would never be seen. */
const TOLD: WatchTimes = { settle: 5, poll: 600_000 }
const POLLED: WatchTimes = { settle: 5, poll: 20 }

interface Watching extends Disposable {
  /** The content at the next change that is told, in the order they are told; of several files with a plus between. */
  next(): Promise<string>
  /** Changes that nobody has asked for. */
  readonly unheard: readonly string[]
}

/** Watches as an owner does who reads everything again. A file that cannot be read is a dash. */
function watching(files: readonly string[], times = TOLD): Watching {
  const reader = recordReads(readSourceFile)
  const unheard: string[] = []
  const waiting: ((content: string) => void)[] = []
  const read = (): string => files.map((file) => readOr(() => reader.readFile(file, []).text)).join('+')
  const files_ = watchFiles(() => {
    const content = read()
    files_.follow(reader.take())
    const hear = waiting.shift()
    if (hear) hear(content)
    else unheard.push(content)
  }, times)
  read()
  files_.follow(reader.take())
  return {
    unheard,
    async next() {
      return unheard.shift() ?? new Promise((resolve) => waiting.push(resolve))
    },
    [Symbol.dispose]: () => files_.close(),
  }
}
function readOr(read: () => string): string {
  try {
    return read()
  } catch {
    return '-'
  }
}

/** Each makes the file `secret` below a folder, and changes it in one way. */
const FORMS: readonly {
  readonly name: string
  readonly begin: (folder: TemporaryFolder, content: string) => Promise<unknown>
  readonly change: (folder: TemporaryFolder, content: string) => Promise<unknown>
}[] = [
  {
    name: 'written in place',
    begin: (folder, content) => folder.write('secret', content),
    change: (folder, content) => folder.write('secret', content),
  },
  {
    name: 'renamed over',
    begin: (folder, content) => folder.write('secret', content),
    async change(folder, content) {
      await rename(await folder.write('secret.new', content), join(folder.path, 'secret'))
    },
  },
  {
    name: 'deleted and made again',
    begin: (folder, content) => folder.write('secret', content),
    async change(folder, content) {
      await rm(join(folder.path, 'secret'))
      await folder.write('secret', content)
    },
  },
  {
    name: 'swapped as Kubernetes does',
    async begin(folder, content) {
      await symlink(join('..data', 'secret'), join(folder.path, 'secret'))
      await swap(folder, content)
    },
    change: swap,
  },
  {
    name: 'behind a link that is turned',
    async begin(folder, content) {
      await symlink(await elsewhere(folder, content), join(folder.path, 'secret'))
    },
    async change(folder, content) {
      await symlink(await elsewhere(folder, content), join(folder.path, 'link'))
      await rename(join(folder.path, 'link'), join(folder.path, 'secret'))
    },
  },
  {
    name: 'written in place behind a link',
    async begin(folder, content) {
      await mkdir(join(folder.path, 'far'))
      await folder.write('far/secret', content)
      await symlink('far/secret', join(folder.path, 'secret'))
    },
    change: (folder, content) => folder.write('far/secret', content),
  },
  {
    name: 'below a folder that is a link, and is turned',
    async begin(folder, content) {
      await mkdir(join(folder.path, 'one'))
      await folder.write('one/secret', content)
      await symlink('one', join(folder.path, 'current'))
      await symlink('current/secret', join(folder.path, 'secret'))
    },
    async change(folder, content) {
      const place = `${content}.d`
      await mkdir(join(folder.path, place))
      await folder.write(`${place}/secret`, content)
      await symlink(place, join(folder.path, 'link'))
      await rename(join(folder.path, 'link'), join(folder.path, 'current'))
    },
  },
]

/** The projected volume of a kubelet: a folder for each time, and a link that is renamed over. */
async function swap(folder: TemporaryFolder, content: string): Promise<void> {
  const time = `..${content}`
  await mkdir(join(folder.path, time))
  await folder.write(`${time}/secret`, content)
  await symlink(time, join(folder.path, '..data_tmp'))
  await rename(join(folder.path, '..data_tmp'), join(folder.path, '..data'))
}

const elsewhere = (folder: TemporaryFolder, content: string): Promise<string> => folder.write(`secret-${content}`, content)

describe('a file that is changed (33)', () => {
  test.each(FORMS)('$name is told each time, when it is whole', async ({ begin, change }) => {
    await using folder = await temporaryFolder()
    await begin(folder, 'first')
    using seen = watching([join(folder.path, 'secret')])
    for (const content of ['second', 'third', 'fourth']) {
      await change(folder, content)
      expect(await seen.next()).toBe(content)
    }
    expect(seen.unheard).toEqual([])
  })

  test('between its reading and the watch is told', async () => {
    await using folder = await temporaryFolder()
    const file = await folder.write('secret', 'second')
    const told = new Promise<void>((resolve) => {
      const files = watchFiles(() => {
        files.close()
        resolve()
      }, TOLD)
      files.follow(new Map([[file, 'digest of what it was before']]))
    })
    await told
  })

  test('and that no event tells of is found by the poll', async () => {
    vi.mocked(watch).mockImplementation(() => {
      throw Object.assign(new Error('no more handles'), { code: 'ENOSPC' })
    })
    await using folder = await temporaryFolder()
    const file = await folder.write('secret', 'first')
    using seen = watching([file], POLLED)
    await writeFile(file, 'second')
    expect(await seen.next()).toBe('second')
    vi.mocked(watch).mockRestore()
  })

  test('by deleting its whole folder is told, and by making it again', async () => {
    await using folder = await temporaryFolder()
    const inside = join(folder.path, 'inside')
    await mkdir(inside)
    const file = await folder.write('inside/secret', 'first')
    using seen = watching([file], POLLED)
    await rm(inside, { recursive: true })
    expect(await seen.next()).toBe('-')
    await mkdir(inside)
    await writeFile(file, 'second')
    expect(await seen.next()).toBe('second')
    await writeFile(file, 'third')
    expect(await seen.next()).toBe('third')
  })

  test('is told once for several that change together', async () => {
    await using folder = await temporaryFolder()
    const files = [await folder.write('crt', 'a'), await folder.write('key', 'a')]
    using seen = watching(files, { settle: 50, poll: 600_000 })
    await Promise.all(files.map((file) => writeFile(file, 'b')))
    expect([await seen.next(), seen.unheard]).toEqual(['b+b', []])
  })
})

describe('what is no change', () => {
  test('is a file with the same content, however it came, and what else is in its folder', async () => {
    await using folder = await temporaryFolder()
    const file = await folder.write('secret', 'first')
    using seen = watching([file])
    await folder.write('secret', 'first')
    await rename(await folder.write('secret.new', 'first'), file)
    await folder.write('other', 'x')
    await folder.write('secret', 'second')
    expect([await seen.next(), seen.unheard]).toEqual(['second', []])
  })

  test('is a file that is half-written (33)', async () => {
    await using folder = await temporaryFolder()
    const file = await folder.write('secret', 'first')
    using seen = watching([file])
    // The other half is written behind the first reading of the first.
    vi.mocked(readFile).mockImplementation(async (...read) => {
      const content = await real.readFile(...read)
      if (String(content) === 'half') await real.writeFile(file, 'half and half')
      return content
    })
    await writeFile(file, 'half')
    expect([await seen.next(), seen.unheard]).toEqual(['half and half', []])
  })

  test('is a file that never stands still, until it does', async () => {
    await using folder = await temporaryFolder()
    const file = await folder.write('secret', 'first')
    let readings = 0
    using seen = watching([file], { settle: 1, poll: 10 })
    vi.mocked(readFile).mockImplementation(async () => Buffer.from(String(Math.min((readings += 1), 120))))
    expect(await seen.next()).toBe('first')
    expect(readings).toBe(121)
  })

  test.each([
    { name: 'a folder', make: (path: string) => mkdir(path) },
    { name: 'too large', make: (path: string) => writeFile(path, Buffer.alloc(16 * 1024 * 1024 + 1)) },
    { name: 'a link that leads to itself', make: (path: string) => symlink('secret', path) },
  ])('is one that stays unreadable: $name', async ({ make }) => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'secret')
    await make(path)
    const other = await folder.write('other', 'first')
    using seen = watching([path, other])
    await writeFile(other, 'second')
    expect([await seen.next(), seen.unheard]).toEqual(['-+second', []])
    await rm(path, { recursive: true })
    await writeFile(path, 'there')
    expect(await seen.next()).toBe('there+second')
  })
})

describe('the watch itself', () => {
  /** Readings that wait until they are let go. */
  function held(): { begun: Promise<void>; release: () => void } {
    let release = (): void => {}
    const free = new Promise<void>((resolve) => {
      release = resolve
    })
    const begun = new Promise<void>((resolve) => {
      vi.mocked(readFile).mockImplementationOnce(async (...read) => {
        resolve()
        await free
        return real.readFile(...read)
      })
    })
    return { begun, release }
  }

  test('takes what it is told while it looks', async () => {
    await using folder = await temporaryFolder()
    const [one, two] = [await folder.write('one', 'a'), await folder.write('two', 'a')]
    const { begun, release } = held()
    let changes = 0
    let hear = (): void => {}
    const told = new Promise<void>((resolve) => {
      hear = resolve
    })
    const files = watchFiles(() => {
      changes += 1
      files.close()
      hear()
    }, TOLD)
    files.follow(new Map([[one, 'another digest']]))
    await begun
    files.follow(new Map([[two, 'another digest']]))
    release()
    await told
    expect(changes).toBe(1)
  })

  test('tells nothing once it is closed, and has closed every handle', async () => {
    await using folder = await temporaryFolder()
    const file = await folder.write('secret', 'first')
    const { begun, release } = held()
    const onChange = vi.fn()
    const files = watchFiles(onChange, { settle: 0, poll: 1 })
    files.follow(new Map([[file, 'another digest']]))
    await begun
    const handles = vi.mocked(watch).mock.results.map(({ value }) => value as FSWatcher)
    const closed = Promise.all(handles.map((handle) => new Promise((resolve) => handle.once('close', resolve))))
    files.close()
    release()
    await closed
    files.follow(new Map([[file, 'a third digest']]))
    expect([handles.length, onChange.mock.calls]).toEqual([1, []])
  })

  test('opens no handle once it is closed', async () => {
    await using folder = await temporaryFolder()
    const file = await folder.write('secret', 'first')
    let release = (): void => {}
    const begun = new Promise<void>((resolve) => {
      vi.mocked(readlink).mockImplementationOnce(async () => {
        resolve()
        await new Promise<void>((free) => {
          release = free
        })
        throw new Error('no link')
      })
    })
    const reading = new Promise<void>((resolve) => {
      vi.mocked(readFile).mockImplementationOnce(async (...read) => {
        resolve()
        return real.readFile(...read)
      })
    })
    const files = watchFiles(() => {}, TOLD)
    files.follow(new Map([[file, 'another digest']]))
    await begun
    files.close()
    release()
    await reading
    expect(vi.mocked(watch).mock.calls).toEqual([])
  })

  test('closes its handles where nothing is followed any more', async () => {
    await using folder = await temporaryFolder()
    const file = await folder.write('secret', 'first')
    const { begun, release } = held()
    const files = watchFiles(() => {}, TOLD)
    files.follow(new Map([[file, 'a digest']]))
    await begun
    const [handle] = vi.mocked(watch).mock.results.map(({ value }) => value as FSWatcher)
    const closed = new Promise((resolve) => handle!.once('close', resolve))
    files.follow(new Map())
    release()
    await closed
    files.close()
  })
})

test('a reader remembers what it has read, and what it could not', async () => {
  await using folder = await temporaryFolder()
  const file = await folder.write('secret', 'first')
  const reader = recordReads((name, path) => (name === file ? { text: 'first', readableByOthers: false } : readSourceFile(name, path)))
  reader.readFile(file, [])
  expect(() => reader.readFile(join(folder.path, 'none'), [])).toThrow('does not exist')
  const taken = reader.take()
  expect([...taken.keys()]).toEqual([file, join(folder.path, 'none')])
  expect(reader.take().size).toBe(0)
  const bytes = recordReads(readSourceFile)
  bytes.readFile(file, [])
  expect(bytes.take().get(file)).toBe(taken.get(file))
})
