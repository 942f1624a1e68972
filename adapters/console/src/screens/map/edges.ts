// The lines of the map.
import { isStuck, letterKey, reachedBy, type Flow, type TypeRow } from './flow';
import type { Choice } from './diagram';

export const ROW = 27;
export const WIDTH = 100;
const MIDDLE = WIDTH / 2;

export interface Edge {
  key: string;
  path: string;
  look: string;
}

interface Drawn {
  height: number;
  edges: Edge[];
  topics: { name: string; y: number }[];
}

export function edgesOf({
  flow,
  rates,
  chosen,
}: {
  flow: Flow;
  rates: ReadonlyMap<string, number>;
  chosen: Choice;
}): Drawn {
  const places = placesOf(flow);
  const { height, typeAt, topicAt, followerAt } = places;
  const edges: Edge[] = [];
  const draw = (key: string, from: readonly [number, number], to: readonly [number, number], look: Look) => {
    edges.push({ key, path: curve(from, to), look: classes(look) });
  };
  for (const row of flow.groups.flatMap((group) => group.rows)) {
    const moving = (rates.get(row.type) ?? 0) > 0;
    const isLit = chosen.type === row.type;
    for (const name of row.followers) {
      const waiting = waits(flow, name, row);
      draw(`${row.type} ${name}`, [0, typeAt(row.type)], [WIDTH, followerAt(name)], {
        moving,
        waiting,
        lit: isLit || chosen.follower === name,
      });
    }
    for (const topic of row.topics) {
      const readers = flow.topics.find((one) => one.name === topic)?.followers ?? [];
      const lit = isLit || (chosen.follower !== undefined && readers.includes(chosen.follower));
      draw(`${row.type} ${topic}`, [0, typeAt(row.type)], [MIDDLE, topicAt(topic)], {
        moving,
        waiting: flow.relay?.state === 'PAUSED',
        lit,
      });
    }
  }
  const litTopics = flow.groups.flatMap((group) => group.rows).find((row) => row.type === chosen.type)?.topics ?? [];
  for (const topic of flow.topics) {
    for (const name of topic.followers) {
      const follower = flow.followers.find((one) => one.name === name);
      const lit = litTopics.includes(topic.name) || chosen.follower === name;
      const waiting = follower !== undefined && isStuck(follower);
      draw(`${topic.name} to ${name}`, [MIDDLE, topicAt(topic.name)], [WIDTH, followerAt(name)], {
        moving: false,
        waiting,
        lit,
      });
    }
  }
  // What is chosen lies above the others.
  edges.sort((a, b) => Number(a.look.includes('lit')) - Number(b.look.includes('lit')));
  return { height, edges, topics: flow.topics.map(({ name }) => ({ name, y: topicAt(name) })) };
}

interface Look {
  moving: boolean;
  waiting: boolean;
  lit: boolean;
}

function classes({ moving, waiting, lit }: Look): string {
  return ['edge', moving && 'moving', waiting && 'waiting', lit && 'lit'].filter(Boolean).join(' ');
}

function waits(flow: Flow, name: string, row: TypeRow): boolean {
  const follower = flow.followers.find((one) => one.name === name);
  const isReached = reachedBy(flow, row).includes(name);
  return isReached && ((follower !== undefined && isStuck(follower)) || flow.letters.has(letterKey(name, row.type)));
}

/** Where everything stands, from above: types and their headings in rows, the others spread over the height. */
function placesOf(flow: Flow) {
  const lines = flow.groups.flatMap((group) => [group.name, ...group.rows.map((row) => row.type)]);
  const height = lines.length * ROW;
  const spread = (names: readonly string[], from: number) => (name: string) =>
    from + (names.indexOf(name) + 0.5) * ((height - from) / Math.max(names.length, 1));
  return {
    height,
    typeAt: (type: string) => lines.indexOf(type) * ROW + ROW / 2,
    topicAt: spread(
      flow.topics.map((topic) => topic.name),
      ROW,
    ),
    followerAt: spread(
      flow.followers.map((one) => one.name),
      0,
    ),
  };
}

function curve([fromX, fromY]: readonly [number, number], [toX, toY]: readonly [number, number]): string {
  const middle = (fromX + toX) / 2;
  return `M${fromX} ${fromY} C${middle} ${fromY} ${middle} ${toY} ${toX} ${toY}`;
}
