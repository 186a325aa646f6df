import { statfsSync } from 'node:fs'

export const MAJOR_VERSION = '18'

const MIB = 1024 ** 2
/** Three segments: below two PostgreSQL does not start. */
const LEAST_WAL_MIB = 48
const MOST_WAL_MIB = 2048
/** The write-ahead log takes at most about this share of the free space between two checkpoints. */
const WAL_SHARE = 1 / 8

/** For a small machine. Statements and row values stay out of the log: they hold personal data. */
export function settingsFile(port: number, freeBytes: number, durable: boolean): string {
  const walMib = maxWalMib(freeBytes)
  const settings = [
    "listen_addresses = '127.0.0.1'",
    `port = ${port}`,
    "unix_socket_directories = ''",
    'max_connections = 100',
    'shared_buffers = 256MB',
    'work_mem = 32MB',
    'maintenance_work_mem = 128MB',
    'effective_cache_size = 1GB',
    'random_page_cost = 1.1',
    `max_wal_size = ${walMib}MB`,
    `min_wal_size = ${Math.min(80, walMib)}MB`,
    'checkpoint_timeout = 15min',
    'checkpoint_completion_target = 0.9',
    'jit = off',
    "timezone = 'UTC'",
    "log_timezone = 'UTC'",
    'log_min_error_statement = panic',
    'log_error_verbosity = terse',
    `dynamic_shared_memory_type = ${process.platform === 'win32' ? 'windows' : hasSmallSharedMemory() ? 'mmap' : 'posix'}`,
  ]
  const careless = ['fsync = off', 'synchronous_commit = off', 'full_page_writes = off']
  return [...settings, ...(durable ? [] : careless), ''].join('\n')
}

export function maxWalMib(freeBytes: number): number {
  return Math.min(MOST_WAL_MIB, Math.max(LEAST_WAL_MIB, Math.floor((freeBytes * WAL_SHARE) / MIB)))
}

/** Containers get 64 MB by default, too little for a parallel hash join. */
function hasSmallSharedMemory(): boolean {
  if (process.platform !== 'linux') return false
  try {
    const { blocks, bsize } = statfsSync('/dev/shm')
    return blocks * bsize < 1024 ** 3
  } catch {
    return true
  }
}
