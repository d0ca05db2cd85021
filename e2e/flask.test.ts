/** The tutorial's own Flask application, guarded without a change to it. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isMissing, isPythonModuleMissing, PYTHON } from './support/binaries.ts'
import { curl } from './support/curl.ts'
import { postern, startPostern, temporaryFolder } from './support/postern.ts'
import { freePort, startProcess } from './support/process.ts'
import { allUp, eventually, startPrometheus } from './support/prometheus.ts'

const APP = new URL('./fixtures/flask_app.py', import.meta.url).pathname

test.skipIf(isMissing('prometheus', 'curl') || isPythonModuleMissing('flask', 'prometheus_client'))(
  "Prometheus sees a Flask application's counter grow through the gateway, and the application cannot be reached beside it",
  async () => {
    await using folder = await temporaryFolder()
    const [appPort, port] = [await freePort(), await freePort()]
    await using flask = startProcess(PYTHON, [APP, String(appPort)])
    await flask.printed(/Running on/)

    const dir = join(folder.path, 'flask')
    const made = await postern(['init', '--dir', dir, '--upstream', `http://127.0.0.1:${appPort}/metrics`, '--listen', `localhost:${port}`])
    expect(made).toMatchObject({ status: 0, stderr: '' })
    await using gateway = startPostern(['serve', '--config', join(dir, 'postern.yaml')])
    await gateway.printed(/^postern serving https:\/\/localhost:\d+\/metrics -> /m)

    await using prometheus = await startPrometheus(join(dir, 'prometheus.yml'))
    await eventually(() => prometheus.targets(), allUp(3))
    const visits = async (count: number): Promise<void> => {
      for (let visit = 0; visit < count; visit += 1) expect((await fetch(`http://127.0.0.1:${appPort}/hello`)).status).toBe(200)
    }
    const counted = (): Promise<ReadonlyMap<string, number>> => prometheus.query('http_requests_total{method="GET",endpoint="/hello"}')
    await visits(3)
    await eventually(counted, (values) => values.get('postern-basic') === 3)
    await visits(4)
    const grown = await eventually(counted, (values) => values.size === 3 && [...values.values()].every((value) => value === 7))
    expect(grown.get('postern-client-certificate')).toBe(7)

    // The whole machine is 127.0.0.0/8 and ::1 here; the application answers on the one address it was told to.
    expect((await curl(`http://127.0.0.2:${appPort}/metrics`)).exit).toBe(7)
    expect((await curl(`http://[::1]:${appPort}/metrics`)).exit).toBe(7)
    expect((await curl(`http://127.0.0.1:${appPort}/metrics`)).status).toBe(200)
    expect(await gateway.end()).toBe(0)
  },
)
