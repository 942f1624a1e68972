// The events of one attempt as a graph: a lane for each service, and a line from each event to what it caused.
import type { LogEvent } from '../api/types';

export const LANES = ['rental-card', 'book', 'member', 'best-seller', 'operations'] as const;
export type Lane = (typeof LANES)[number];

export interface Node {
  event: LogEvent;
  lane: number;
  row: number;
  /** The row of the event that caused it; nothing when a person did, or it is not among these. */
  causedBy: number | undefined;
}

export interface Graph {
  lanes: Lane[];
  nodes: Node[];
}

export function graphOf(events: readonly LogEvent[]): Graph {
  const ordered = [...events].sort((a, b) => a.position - b.position);
  const lanes = LANES.filter((lane) => ordered.some((event) => laneOf(event.stream) === lane));
  const rows = new Map(ordered.map((event, row) => [event.id, row]));
  const nodes = ordered.map((event, row) => {
    const cause = event.metadata?.causation;
    const lane = laneOf(event.stream);
    return { event, row, lane: lane ? lanes.indexOf(lane) : 0, causedBy: cause ? rows.get(cause) : undefined };
  });
  return { lanes, nodes };
}

export function laneOf(stream: string): Lane | undefined {
  return LANES.find((lane) => stream.startsWith(`${lane}-`));
}

/** What the event of each row caused, by rows. */
export function causedBy(graph: Graph, row: number): Node[] {
  return graph.nodes.filter((node) => node.causedBy === row);
}
