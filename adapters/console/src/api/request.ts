// Asking the service: JSON in, JSON out, and a problem when it refuses.
import { signal } from '@preact/signals';
import type { Problem } from './types';

/** Whether the service answered when it was asked last, whatever it answered. */
export const isReachable = signal(true);

/** A request that was refused or failed, with what the service said about it. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }

  /** The last part of the problem's type, such as `card-suspended`. */
  get slug(): string {
    return this.problem.type.split('/').pop() ?? '';
  }

  /** Whether this service has no such route: an older one, or one with other services. */
  get isAbsent(): boolean {
    return ['not-found', 'not-served-here', 'method-not-allowed'].includes(this.slug);
  }
}

/** Values of a query; those without a value are left out. */
export type Query = Record<string, string | number | boolean | undefined | null>;

/** A path with its query. */
export function address(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text ? `${path}?${text}` : path;
}

/** Reads something. */
export function read<T>(path: string, signal?: AbortSignal): Promise<T> {
  return send<T>(path, { method: 'GET', ...(signal && { signal }) });
}

/** What a command is sent with. */
export interface Command {
  method?: 'POST' | 'DELETE';
  path: string;
  body?: unknown;
  /** Seconds to wait for the end of a process. */
  wait?: number;
}

/** Sends a command under its key: sent twice, it is the same command. */
export function act<T>(command: Command, key: string): Promise<T> {
  const headers: Record<string, string> = { 'idempotency-key': key };
  if (command.body !== undefined) headers['content-type'] = 'application/json';
  if (command.wait) headers['prefer'] = `wait=${command.wait}`;
  return send<T>(command.path, {
    method: command.method ?? 'POST',
    headers,
    ...(command.body !== undefined && { body: JSON.stringify(command.body) }),
  });
}

async function send<T>(path: string, init: RequestInit): Promise<T> {
  const answer = await fetch(path, { cache: 'no-store', ...init }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    isReachable.value = false;
    throw new Refused(unreachable());
  });
  isReachable.value = true;
  if (!answer.ok) throw new Refused(await problemOf(answer));
  return (await answer.json()) as T;
}

/** The problem in an answer, or one made of its status when the body has none. */
export async function problemOf(answer: Response): Promise<Problem> {
  const isProblem = answer.headers.get('content-type')?.startsWith('application/problem+json');
  if (isProblem) return (await answer.json()) as Problem;
  const detail = `the service answered ${answer.status} without a description`;
  return { type: 'about:blank', title: answer.statusText || 'No answer', status: answer.status, detail };
}

function unreachable(): Problem {
  const detail = 'the service did not answer; it may be stopped or starting';
  return { type: '/problems/unreachable', title: 'The service cannot be reached', status: 0, detail };
}
