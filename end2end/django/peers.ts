import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { type Env, Server } from '../server.ts';

const SITE = resolve(import.meta.dirname, 'site');
const PATIENCE = 30_000;

/** The Pythons that have a Django, one for each release. */
export const PYTHONS = (process.env.HUIHUA_DJANGO ?? '')
  .split(delimiter)
  .filter(Boolean)
  .map((folder) => join(folder, 'bin/python'));

type Stop = () => Promise<void>;

/** A server for tests, and how to reach it. */
async function started(...command: string[]): Promise<[Record<string, string>, Stop]> {
  const servers = process.env.HUIHUA_SERVERS ?? resolve(import.meta.dirname, '../../target/debug/servers');
  const child = spawn(servers, command, { stdio: ['pipe', 'pipe', 'inherit'] });
  const stop = async () => {
    child.stdin.end();
    if (child.exitCode === null) await once(child, 'exit');
  };
  child.stdout.setEncoding('utf8');
  const [line] = await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error(`no server ${command[0]}`))),
  ]);
  return [JSON.parse(line), stop];
}

/** What each site is told of the store that both have. */
type Shared = { both?: Env; ours: Env; django: Env; stop?: Stop };

const BACKENDS = 'django.contrib.sessions.backends';
const REDIS_CACHE = 'django.core.cache.backends.redis.RedisCache';

async function database(name: string): Promise<Shared> {
  const [{ url = '' }, stop] = await started(name);
  return {
    both: { DATABASE_URL: url },
    ours: { SESSION_ENGINE: 'db' },
    django: { SESSION_ENGINE: `${BACKENDS}.db` },
    stop,
  };
}

async function redis(ours: Env, backend: string): Promise<Shared> {
  const [{ url, port = '', password = '' }, stop] = await started('redis');
  return {
    both: { SESSION_REDIS_PORT: String(port), SESSION_REDIS_PASSWORD: password },
    ours,
    django: {
      SESSION_ENGINE: backend,
      CACHES: JSON.stringify({ BACKEND: REDIS_CACHE, LOCATION: url }),
    },
    stop,
  };
}

const alone = (engine: string) => async (): Promise<Shared> => ({
  ours: { SESSION_ENGINE: engine },
  django: { SESSION_ENGINE: `${BACKENDS}.${engine}` },
});

/** Every store that both have. */
export const STORES: Record<string, () => Promise<Shared>> = {
  'db on SQLite': alone('db'),
  'db on PostgreSQL': () => database('postgres'),
  'db on MariaDB': () => database('mariadb'),
  'cached_db, Django with a Redis cache': () =>
    redis(
      {
        SESSION_ENGINE: 'cached_db',
        SESSION_CACHE: 'redis',
        SESSION_REDIS_FORMAT: 'django-cache',
      },
      `${BACKENDS}.cached_db`,
    ),
  file: alone('file'),
  'signed cookies': alone('signed_cookies'),
  'Redis by django-redis-sessions': () =>
    redis({ SESSION_ENGINE: 'redis' }, 'redis_sessions.session'),
  "Django's cache on Redis": () =>
    redis({ SESSION_ENGINE: 'redis', SESSION_REDIS_FORMAT: 'django-cache' }, `${BACKENDS}.cache`),
  "Django's cache on memcached": async () => {
    const [{ address = '' }, stop] = await started('memcached');
    return {
      ours: {
        SESSION_ENGINE: 'memcached',
        SESSION_MEMCACHED_SERVERS: address,
        SESSION_MEMCACHED_FORMAT: 'django-cache',
      },
      django: {
        SESSION_ENGINE: `${BACKENDS}.cache`,
        CACHES: JSON.stringify({
          BACKEND: 'django.core.cache.backends.memcached.PyMemcacheCache',
          LOCATION: address,
        }),
      },
      stop,
    };
  },
};

/** Both sites on one store. They are one host to a browser, which heeds no ports in cookies. */
export class Peers {
  readonly ours: string;
  readonly django: string;
  #stops: Stop[];

  private constructor(ours: string, django: string, stops: Stop[]) {
    this.ours = ours;
    this.django = django;
    this.#stops = stops;
  }

  static async start(python: string, store: () => Promise<Shared>): Promise<Peers> {
    const folder = mkdtempSync(join(tmpdir(), 'huihua-django-'));
    const stops: Stop[] = [async () => rmSync(folder, { recursive: true, force: true })];
    try {
      const shared = await store();
      if (shared.stop) stops.push(shared.stop);
      const both: Env = {
        SECRET_KEY: 'a secret that both sites know, and nobody else does',
        DATABASE_URL: `sqlite:${join(folder, 'db.sqlite3')}`,
        SESSION_FILE_PATH: join(folder, 'sessions'),
        ...shared.both,
      };
      mkdirSync(join(folder, 'sessions'));
      const django = await startDjango(python, { ...both, ...shared.django });
      stops.push(django.stop);
      const ours = await Server.start({ ...both, SESSION_HASH_KEYS: 'false', ...shared.ours });
      stops.push(() => ours.stop());
      return new Peers(ours.url, django.url, stops);
    } catch (error) {
      for (const stop of stops.reverse()) await stop();
      throw error;
    }
  }

  /** Both behind nginx, as the guide shows it. */
  async behindNginx(configuration: string): Promise<string> {
    const host = (url: string) => url.replace('http://', '');
    const ours = configuration
      .replace('127.0.0.1:3000', host(this.ours))
      .replace('127.0.0.1:8000', host(this.django));
    const [{ url = '' }, stop] = await started('nginx', ours);
    this.#stops.push(stop);
    return url;
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.reverse()) await stop();
  }
}

async function startDjango(python: string, settings: Env): Promise<{ url: string; stop: Stop }> {
  const env = {
    PATH: process.env.PATH,
    PYTHONPATH: SITE,
    PYTHONDONTWRITEBYTECODE: '1',
    DJANGO_SETTINGS_MODULE: 'settings',
    ...settings,
  };
  const migrate = ['-m', 'django', 'migrate', '--fake-initial', '-v0'];
  const migrated = spawnSync(python, migrate, { env, encoding: 'utf8' });
  if (migrated.status !== 0) throw new Error(`Django's migrate failed:\n${migrated.stderr}`);
  const port = await freePort();
  const child = spawn(python, ['-m', 'django', 'runserver', '--noreload', `127.0.0.1:${port}`], {
    env,
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}`;
  await answering(url, child);
  const stop = async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  return { url, stop };
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  const limit = Date.now() + PATIENCE;
  while (Date.now() < limit && child.exitCode === null) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`Django doesn't answer at ${url}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
