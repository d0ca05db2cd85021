/** Runs every tools/check-*.ts, two at a time; each prints what holds, or the file and the mend. */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const tools = fileURLToPath(new URL('.', import.meta.url))
const queue = readdirSync(tools).filter((file) => /^check-.*\.ts$/.test(file))

/** @param {string} file @returns {Promise<boolean>} whether it held; its output is printed in one piece */
function run(file) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=@postern/source', `${tools}${file}`], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
    child.on('close', (status) => {
      process.stdout.write(output)
      if (status !== 0 && output === '') console.error(`${file}: ended with ${status}`)
      resolve(status === 0)
    })
  })
}

async function work() {
  let held = true
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) held = (await run(file)) && held
  return held
}

const results = await Promise.all([work(), work()])
process.exitCode = results.every(Boolean) ? 0 : 1
