// The tour: what a newcomer asks for, step by step, with people and books of its own.
import { act, read, type Command } from '../../api/request';
import type { Card, Member, Started } from '../../api/types';

/** One run of the tour; its number keeps it apart from earlier ones. */
export interface TourRun {
  number: number;
  jenny: string;
  tom: string;
  bell: number;
  sea: number;
}

export const STEPS = ['members', 'books', 'cards', 'rent', 'undone', 'return', 'late', 'pay'] as const;
export type StepName = (typeof STEPS)[number];

export function newRun(): TourRun {
  const number = 100 + Math.floor(Math.random() * 9_900);
  return { number, jenny: `jenny-${number}`, tom: `tom-${number}`, bell: number * 1000 + 1, sea: number * 1000 + 2 };
}

/** Does a step; the attempt that it started, if it started one. */
export async function take(step: StepName, run: TourRun): Promise<string | undefined> {
  const send = <T>(name: string, command: Command) => act<T>(command, `tour-${run.number}-${run.bell}-${step}-${name}`);
  const card = (member: string) => `/v1/rental-cards/${member}`;
  switch (step) {
    case 'members':
      await send('jenny', { path: '/v1/members', body: { id: run.jenny, name: 'Jenny' } });
      await send('tom', { path: '/v1/members', body: { id: run.tom, name: 'Tom' } });
      return undefined;
    case 'books':
      await send('bell', {
        path: '/v1/books',
        body: { no: run.bell, title: 'For Whom the Bell Tolls', author: 'Ernest Hemingway', available: true },
      });
      await send('sea', {
        path: '/v1/books',
        body: { no: run.sea, title: 'The Old Man and the Sea', author: 'Ernest Hemingway', available: true },
      });
      return undefined;
    case 'cards':
      await send('jenny', { path: '/v1/rental-cards', body: { memberId: run.jenny } });
      await send('tom', { path: '/v1/rental-cards', body: { memberId: run.tom } });
      return undefined;
    case 'rent':
      return (await send<Started>('rent', { path: `${card(run.jenny)}/rent`, body: { bookNo: run.bell } })).processId;
    case 'undone':
      return (await send<Started>('rent', { path: `${card(run.tom)}/rent`, body: { bookNo: run.bell } })).processId;
    case 'return':
      return (await send<Started>('return', { path: `${card(run.jenny)}/return`, body: { bookNo: run.bell } }))
        .processId;
    case 'late':
      await send('rent', { path: `${card(run.jenny)}/rent`, body: { bookNo: run.sea, on: daysAgo(17) }, wait: 5 });
      return (await send<Started>('return', { path: `${card(run.jenny)}/return`, body: { bookNo: run.sea } }))
        .processId;
    case 'pay':
      return pay(run, send);
  }
}

type Send = <T>(name: string, command: Command) => Promise<T>;

/** The fee is paid exactly and at once: points that are missing are added first. */
async function pay(run: TourRun, send: Send): Promise<string> {
  const { lateFee } = await read<Card>(`/v1/rental-cards/${run.jenny}`);
  const { points } = await read<Member>(`/v1/members/${run.jenny}`);
  if (points < lateFee) {
    await send('save', { path: `/v1/members/${run.jenny}/points/save`, body: { amount: lateFee - points } });
  }
  const answer = await send<Started>('clear', {
    path: `/v1/rental-cards/${run.jenny}/clear-overdue`,
    body: { points: lateFee },
  });
  return answer.processId;
}

function daysAgo(days: number): string {
  const day = new Date(Date.now() - days * 86_400_000);
  return day.toISOString().slice(0, 10);
}
