import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { Keeper } from '../src/keeper.ts'

class Thing {
  isClosed = false
  close(): void {
    this.isClosed = true
  }
}

describe('a keeper', () => {
  test('gives the same thing under the same key, in one compilation and in the next', () => {
    const keeper = new Keeper()
    const [first, second] = keeper.renew((keep) => [keep('a', () => new Thing()), keep('a', () => new Thing())])
    const third = keeper.renew((keep) => keep('a', () => new Thing()))
    expect([second, third, first?.isClosed]).toEqual([first, first, false])
    expect(third).toBe(first)
  })

  test('closes what the next compilation does not ask for', () => {
    const keeper = new Keeper()
    const thing = keeper.renew((keep) => keep('a', () => new Thing()))
    const other = keeper.renew((keep) => keep('b', () => new Thing()))
    expect([thing.isClosed, other.isClosed]).toEqual([true, false])
  })

  test('stays as it was when a compilation fails, and closes what was created for it', () => {
    const keeper = new Keeper()
    const thing = keeper.renew((keep) => keep('a', () => new Thing()))
    const created: Thing[] = []
    const fail = (): never =>
      keeper.renew((keep) => {
        keep('a', () => new Thing())
        created.push(keep('b', () => new Thing()))
        throw new RangeError('a fault of the policy')
      })
    expect(fail).toThrow('a fault of the policy')
    expect([thing.isClosed, created[0]?.isClosed]).toEqual([false, true])
    expect(keeper.renew((keep) => keep('a', () => new Thing()))).toBe(thing)
  })

  test('closes everything at its end, and says what could not be closed', async () => {
    const keeper = new Keeper()
    const thing = keeper.renew((keep) => {
      keep('plain', () => ({}))
      keep('odd', () => ({ close: 'is no function' }))
      keep('failing', () => ({ close: () => Promise.reject(new Error('it is gone')) }))
      return keep('a', () => new Thing())
    })
    const warned = once(process, 'warning')
    await keeper.close()
    expect(thing.isClosed).toBe(true)
    expect(String((await warned)[0])).toContain('could not be closed: Error: it is gone')
  })
})
