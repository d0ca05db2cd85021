/** First module of a thread whose program is TypeScript: Node 20 runs no `--import` in threads. */
import { register } from 'tsx/esm/api'

register()
await import(String(process.argv[2]))
