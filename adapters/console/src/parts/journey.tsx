// How an attempt moves from service to service: its events in their order, with lines from cause to effect.
import type { LogEvent } from '../api/types';
import { after, clock } from '../i18n/format';
import { eventName, word } from '../i18n/names';
import { words } from '../i18n/words';
import { link } from '../route/route';
import { graphOf, type Graph, type Lane, type Node } from './journey_graph';

const say = words({
  lane_card: ['Card', '카드'],
  lane_book: ['Book', '도서'],
  lane_member: ['Member', '회원'],
  lane_ranking: ['Ranking', '순위'],
  lane_operations: ['Operator', '운영'],
  caused: ['caused by #{position}', '#{position}에서 비롯됨'],
  person: ['asked for by a person', '사람이 요청'],
  by: ['by {name}', '{name}'],
});

const ROW = 34;
const LANE = 26;

export function laneName(lane: Lane): string {
  const names = {
    'rental-card': 'lane_card',
    book: 'lane_book',
    member: 'lane_member',
    'best-seller': 'lane_ranking',
    operations: 'lane_operations',
  } as const;
  return say(names[lane]);
}

export function Journey({ events, selected }: { events: readonly LogEvent[]; selected?: number }) {
  const graph = graphOf(events);
  const start = graph.nodes[0]?.event.at ?? '';
  return (
    <div class="journey">
      <div class="journey-lanes" aria-hidden="true">
        {graph.lanes.map((lane) => (
          <span key={lane} class={`lane-${lane}`}>
            {laneName(lane)}
          </span>
        ))}
      </div>
      <div class="journey-body">
        <Lines graph={graph} />
        <ol>
          {graph.nodes.map((node) => (
            <Row key={node.event.id} node={node} graph={graph} start={start} selected={selected} />
          ))}
        </ol>
      </div>
    </div>
  );
}

function Row({
  node,
  graph,
  start,
  selected,
}: {
  node: Node;
  graph: Graph;
  start: string;
  selected: number | undefined;
}) {
  const { event } = node;
  const lane = graph.lanes[node.lane];
  const cause = node.causedBy === undefined ? undefined : graph.nodes[node.causedBy];
  return (
    <li class={event.position === selected ? 'selected' : ''}>
      {lane && <span class={`lane-name lane-${lane}`}>{laneName(lane)}</span>}
      <a href={link(['events', event.position])} aria-current={event.position === selected ? 'true' : undefined}>
        {eventName(event.type)}
      </a>
      <Outcome event={event} />
      <span class="fine delta" title={clock(event.at)}>
        {after(start, event.at)}
      </span>
      <span class="hidden">{cause ? say('caused', { position: cause.event.position }) : say('person')}</span>
    </li>
  );
}

/** Why somebody refused, and who answered what, as the event says it. */
function Outcome({ event }: { event: LogEvent }) {
  const data = event.data;
  if (!data || typeof data !== 'object' || Array.isArray(data)) return null;
  const outcome = data['outcome'];
  const result = outcome && typeof outcome === 'object' && !Array.isArray(outcome) ? outcome['result'] : undefined;
  const participant = typeof data['participant'] === 'string' ? word(data['participant']) : '';
  if (typeof result === 'string')
    return (
      <span class="fine">
        {participant}: {word(result)}
      </span>
    );
  if (typeof data['reason'] === 'string') return <span class="fine why">{data['reason']}</span>;
  return participant ? <span class="fine">{participant}</span> : null;
}

function Lines({ graph }: { graph: Graph }) {
  const width = graph.lanes.length * LANE;
  const height = graph.nodes.length * ROW;
  const x = (lane: number) => lane * LANE + LANE / 2;
  const y = (row: number) => row * ROW + ROW / 2;
  return (
    <svg class="journey-lines" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {graph.lanes.map((lane, at) => (
        <line key={lane} class="lane" x1={x(at)} x2={x(at)} y1={0} y2={height} />
      ))}
      {graph.nodes.map((node) => {
        const cause = node.causedBy === undefined ? undefined : graph.nodes[node.causedBy];
        if (!cause) return null;
        const [fromX, fromY, toX, toY] = [x(cause.lane), y(cause.row), x(node.lane), y(node.row)];
        const bend = Math.min((toY - fromY) / 2, ROW);
        return (
          <path
            key={node.event.id}
            class="edge"
            d={`M${fromX} ${fromY} C${fromX} ${fromY + bend} ${toX} ${toY - bend} ${toX} ${toY}`}
          />
        );
      })}
      {graph.nodes.map((node) => (
        <circle
          key={node.event.id}
          class={`node lane-${graph.lanes[node.lane] ?? ''}`}
          cx={x(node.lane)}
          cy={y(node.row)}
          r={5}
        />
      ))}
    </svg>
  );
}
