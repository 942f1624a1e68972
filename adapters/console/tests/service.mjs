// The service itself, as it is built: started on a free port over an empty folder, and stopped by its own id.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { until } from './until.mjs';

const ROOT = resolve(import.meta.dirname, '../../..');
const TARGET = process.env['CARGO_TARGET_DIR'] ?? join(ROOT, 'target');
export const BINARY = process.env['RENTAL_BINARY'] ?? join(TARGET, 'debug/rental');

/** A library of its own. */
export class Service {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #process;
  #folder = mkdtempSync(join(tmpdir(), 'rental-console-'));
  #log = '';
  #port = 0;

  static async start() {
    const service = new Service();
    await service.go();
    return service;
  }

  get url() {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts it, where it was before if it ran already. */
  async go() {
    this.#log = '';
    const flags = ['--data', this.#folder, '--listen', `127.0.0.1:${this.#port}`, '--allow-given-dates'];
    const child = spawn(BINARY, ['serve', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    child.on('error', (error) => {
      this.#log += String(error);
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        this.#log += String(text);
      });
    const address = await until('the service listens', () => {
      if (child.exitCode !== null) throw new Error(`the service ended before it listened:\n${this.#log}`);
      return /listening.*address=127\.0\.0\.1:(\d+)/.exec(this.#log);
    });
    this.#port = Number(address[1]);
    await until('the service is ready', async () => (await fetch(`${this.url}/readyz`)).ok);
  }

  async stop() {
    const child = this.#process;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    await ended;
  }

  async end() {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async get(path) {
    const answer = await fetch(this.url + path);
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  async post(path, body, headers = {}) {
    const answer = await fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  async member(id, name) {
    await this.post('/v1/members', { id, name });
    await this.post('/v1/rental-cards', { memberId: id });
  }

  book(no, title) {
    return this.post('/v1/books', { no, title, available: true });
  }

  /** A rent that has ended. */
  rent(member, bookNo) {
    return this.post(`/v1/rental-cards/${member}/rent`, { bookNo }, { prefer: 'wait=8' });
  }

  /** A rent of a book that somebody else has: it is undone. */
  async undone(member, bookNo) {
    const { processId } = await this.post(`/v1/rental-cards/${member}/rent`, { bookNo });
    await until(
      'the rent is undone',
      async () => (await this.get(`/v1/processes/${processId}`)).status === 'COMPENSATED',
    );
    return processId;
  }

  /** Damages what an event says, behind the back of the service, which is stopped meanwhile. */
  async damage(position, payload) {
    await this.stop();
    const change =
      'import sqlite3,sys\nlog = sqlite3.connect(sys.argv[1])\n' +
      'log.execute("update event set payload = cast(? as blob) where position = ?", (sys.argv[3], int(sys.argv[2])))\nlog.commit()';
    const { status, stderr } = spawnSync('python3', [
      '-c',
      change,
      join(this.#folder, 'rental.db'),
      String(position),
      payload,
    ]);
    if (status !== 0) throw new Error(String(stderr));
    await this.go();
  }

  /** A book whose event the catalogue cannot read; the answer is the id of the dead letter. */
  async brokenBook(no, title) {
    await this.post('/v1/processors/catalogue/pause', { reason: 'to damage an event' });
    const { position } = await this.post('/v1/books', { no, title });
    await this.damage(position, '{"broken":');
    await this.post('/v1/processors/catalogue/start', {});
    const letters = await until('the event is parked', async () => {
      const { items } = await this.get('/v1/dead-letters?processor=catalogue');
      return items.length > 0 && items;
    });
    return letters[0].id;
  }
}
