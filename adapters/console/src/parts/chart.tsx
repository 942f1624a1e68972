// A line over time, with the same numbers as a table behind it.
import { effect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { clock, number } from '../i18n/format';
import { shownTheme } from '../shell/theme';
import { Table } from './table';
import { common } from './texts';

export interface Point {
  at: string;
  value: number | null;
}

interface Props {
  title: string;
  unit: string;
  points: readonly Point[];
  /** The colour's custom property. */
  colour: string;
  digits?: number;
}

const HEIGHT = 120;

export function Chart({ title, unit, points, colour, digits = 0 }: Props) {
  const last = points.at(-1)?.value;
  return (
    <figure class="chart">
      <figcaption>
        <span>{title}</span>
        <strong>
          {last === null || last === undefined ? '–' : number(last, digits)} <small>{unit}</small>
        </strong>
      </figcaption>
      <Plot points={points} colour={colour} digits={digits} />
      <details>
        <summary>
          {common('table')}
          <span class="hidden">: {title}</span>
        </summary>
        <div class="scroll" tabIndex={0} role="region" aria-label={title}>
          <Table
            caption={title}
            rows={[...points].reverse()}
            rowKey={(point) => point.at}
            columns={[
              { title: common('time'), cell: (point) => clock(point.at), isHead: true },
              {
                title: unit || title,
                cell: (point) => (point.value === null ? '–' : number(point.value, digits)),
                isNumber: true,
              },
            ]}
          />
        </div>
      </details>
    </figure>
  );
}

function Plot({ points, colour, digits }: { points: readonly Point[]; colour: string; digits: number }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(element, colour, digits), series(points), element);
    };
    // Canvas colours are fixed when they are drawn: another theme draws anew.
    const end = effect(() => {
      void shownTheme.value;
      draw();
    });
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    return () => {
      end();
      resized.disconnect();
      plot.current?.destroy();
    };
  }, [colour]);
  useEffect(() => plot.current?.setData(series(points)), [points]);
  return <div ref={place} class="plot" aria-hidden="true" />;
}

function series(points: readonly Point[]): uPlot.AlignedData {
  return [points.map((point) => new Date(point.at).getTime() / 1000), points.map((point) => point.value)];
}

function options(element: HTMLElement, colour: string, digits: number): uPlot.Options {
  const style = getComputedStyle(element);
  const of = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: of('--muted'),
    grid: { stroke: of('--line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui',
  };
  return {
    width: element.clientWidth || 300,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_, min, max) => [Math.min(min ?? 0, 0), Math.max(max ?? 0, 1) * 1.1] } },
    axes: [
      { ...axis, size: 22, space: 64, incrs: [60, 120, 300, 600], values: (_, ticks) => ticks.map(hourAndMinute) },
      { ...axis, size: 40, incrs: steps(digits), values: (_, ticks) => ticks.map((tick) => number(tick, digits)) },
    ],
    series: [
      {},
      {
        stroke: of(colour),
        fill: `color-mix(in srgb, ${of(colour)} 12%, transparent)`,
        width: 1.5,
        points: { show: false },
      },
    ],
  };
}

/** The distances between marks: a mark of whole things is whole. */
function steps(digits: number): number[] {
  const powers = Array.from({ length: 9 + digits }, (_, power) => 10 ** (power - digits));
  return powers.flatMap((power) => [1, 2, 5].map((factor) => factor * power));
}

function hourAndMinute(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}
