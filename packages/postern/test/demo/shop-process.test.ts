/** The process of the example application: the built one, since Node 20 runs no TypeScript. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createConnection } from 'node:net'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { startShop } from '../../src/demo/shop-process.ts'

const BUILT = fileURLToPath(new URL('../../dist/demo/', import.meta.url))
const isBuilt = existsSync(`${BUILT}shop.js`) && existsSync(`${BUILT}shop-process.js`)

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe.skipIf(!isBuilt)('the shop (skipped where it is not built: npm run build)', () => {
  test('comes up on loopback with open metrics, and is gone when it is closed', async () => {
    const shop = await startShop()
    expect(shop.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/)
    const response = await fetch(shop.url)
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('# TYPE shop_http_requests_total counter')])
    expect(isRunning(shop.pid)).toBe(true)
    await shop.close()
    expect(isRunning(shop.pid)).toBe(false)
    await expect(fetch(shop.url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
  })

  test('takes another port where its own is taken, so that two may run', async () => {
    const shops = [await startShop(), await startShop()]
    expect(new Set(shops.map(({ url }) => url)).size).toBe(2)
    await Promise.all(shops.map((shop) => shop.close()))
  })

  test('is gone when whoever started it was killed', async () => {
    await using folder = await temporaryFolder()
    const program = `import { startShop } from '${BUILT}shop-process.js'\nprocess.stdout.write((await startShop()).url)\n`
    const parent = spawn(process.execPath, [await folder.write('parent.mjs', program)], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const url = new URL(line.toString().trim())
    const socket = createConnection(Number(url.port), url.hostname)
    await once(socket, 'connect')
    const gone = new Promise(
      (resolve) =>
        void socket
          .once('close', resolve)
          .on('error', () => {})
          .resume(),
    )
    parent.kill('SIGKILL')
    await gone
  })
})

describe('a shop that does not start is told', () => {
  const FAULT = { code: 'ERR_POSTERN_DEMO', message: 'the example application did not start', fix: 'Look at its message above.' }
  test.each([
    { name: 'when it ends at once', program: 'process.exit(3)' },
    { name: 'when it says something else', program: "process.send('hello'); setInterval(() => {}, 1000)" },
    { name: 'when it says no port', program: "process.send({ port: 'none' }); setInterval(() => {}, 1000)" },
  ])('$name', async ({ program }) => {
    await using folder = await temporaryFolder()
    const path = await folder.write('program.cjs', `process.once('disconnect', () => process.exit())\n${program}`)
    await expect(startShop({ program: path })).rejects.toMatchObject(FAULT)
  })

  test('when there is no process to be had', async () => {
    await expect(startShop({ execPath: '/nonexistent/node' })).rejects.toMatchObject(FAULT)
  })
})
