import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';

const TARGET = resolve(import.meta.dirname, '../target');
const START_LIMIT = 20_000;
const STOP_LIMIT = 10_000;

export type Env = Record<string, string>;

/** The real binary, on a database in a folder of its own. */
export class Server {
  #folder: string;
  #env: Env;
  #port = 0;
  #log = '';
  #process: ChildProcessByStdio<null, Readable, Readable> | undefined;

  private constructor(folder: string, env: Env) {
    this.#folder = folder;
    this.#env = env;
  }

  static async start(env: Env = {}): Promise<Server> {
    const server = new Server(await mkdtemp(join(tmpdir(), 'huihua-')), env);
    try {
      await server.#launch();
    } catch (error) {
      await server.stop().catch(() => {}); // The first error is the one to tell.
      throw error;
    }
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** What it has said so far. */
  get log(): string {
    return this.#log;
  }

  /** Stops and comes back with the same folder, at the same address. */
  async restart(): Promise<void> {
    await this.#end();
    await this.#launch();
  }

  async stop(): Promise<void> {
    try {
      await this.#end();
    } finally {
      await rm(this.#folder, { recursive: true, force: true });
    }
  }

  async #launch(): Promise<void> {
    const child = spawn(binary(), ['serve'], {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Made from nothing, so that no setting of the caller's shell leaks in.
      env: {
        PATH: process.env.PATH,
        LEPTOS_SITE_ADDR: `127.0.0.1:${this.#port}`,
        LEPTOS_SITE_ROOT: resolve(process.env.HUIHUA_SITE_ROOT ?? join(TARGET, 'site')),
        DATABASE_URL: `sqlite:${join(this.#folder, 'huihua.sqlite3')}`,
        ...this.#env,
      },
    });
    this.#process = child;
    child.stdout.on('data', (chunk) => (this.#log += chunk));
    child.stderr.on('data', (chunk) => (this.#log += chunk));
    this.#port = await listening(child).catch((why) => {
      throw new Error(`The server ${why}. It said:\n${this.#log}`);
    });
  }

  async #end(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;

    const exit = once(child, 'exit');
    const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT);
    child.kill('SIGTERM');
    const [code, signal] = await exit;
    clearTimeout(impatience);
    if (code !== 0) throw new Error(`After SIGTERM the server ended with ${signal ?? code}, not 0.`);
  }
}

/** The port, as soon as the server has said that it listens there; or else why it doesn't. */
function listening(child: ChildProcessByStdio<null, Readable, Readable>): Promise<number> {
  return new Promise((done, failed) => {
    const limit = setTimeout(() => failed(`did not listen within ${START_LIMIT} ms`), START_LIMIT);
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
      const port = /http:\/\/127\.0\.0\.1:(\d+)\//.exec(said)?.[1];
      if (port) done(Number(port));
    });
    child.on('error', (error) => failed(`could not be started: ${error.message}`));
    // Not at `exit`, when its last words may still be on their way.
    child.on('close', (code, signal) => failed(`ended with ${signal ?? code} before it listened`));
    child.on('close', () => clearTimeout(limit));
  });
}

function binary(): string {
  if (process.env.HUIHUA_BIN) return resolve(process.env.HUIHUA_BIN);
  const [newest] = ['release', 'debug']
    .map((profile) => join(TARGET, profile, 'huihua'))
    .flatMap((path) => {
      const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
      return changed === undefined ? [] : [{ path, changed }];
    })
    .sort((a, b) => b.changed - a.changed);
  if (!newest) throw new Error('No server to test: build it first, or set HUIHUA_BIN.');
  return newest.path;
}
