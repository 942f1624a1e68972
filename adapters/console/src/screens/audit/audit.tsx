// What operators did, newest first, and how it ended.
import { address } from '../../api/request';
import type { AuditEntry, Json, Page } from '../../api/types';
import { word } from '../../i18n/names';
import { words } from '../../i18n/words';
import { useResource } from '../../live/resource';
import { JsonView } from '../../parts/json';
import { EventLink, ProcessLink, ProcessorLink } from '../../parts/links';
import { Moment } from '../../parts/moment';
import { Pager } from '../../parts/pager';
import { Shown } from '../../parts/shown';
import { Status } from '../../parts/status';
import { Table } from '../../parts/table';
import { route } from '../../route/route';

const say = words({
  audit: ['Audit', '감사'],
  none: [
    'No operator has done anything yet. Whatever is done on processors, dead letters and processes is recorded here.',
    '아직 운영 조치가 없습니다. 프로세서, 배달 못한 이벤트, 프로세스에 대한 조치가 여기에 기록됩니다.',
  ],
  what: ['Action', '조치'],
  target: ['Target', '대상'],
  reason: ['Reason', '사유'],
  who: ['Who', '사람'],
  outcome: ['Outcome', '결과'],
  when: ['When', '시각'],
  event: ['Event', '이벤트'],
  detail: ['Detail', '상세'],
  anonymous: ['anonymous', '익명'],
});

export function Audit() {
  const cursor = route.value.query.get('cursor');
  const audit = useResource<Page<AuditEntry>>(address('/v1/audit', { limit: 50, cursor }), ['audit']);
  return (
    <section class="panel">
      <Shown of={audit} isEmpty={(page) => page.items.length === 0} empty={say('none')}>
        {(page) => (
          <>
            <Table
              caption={say('audit')}
              rows={page.items}
              rowKey={(entry) => entry.id}
              columns={[
                { title: say('what'), cell: (entry) => (entry.what ? word(entry.what) : '–'), isHead: true },
                { title: say('target'), cell: (entry) => <Target of={entry.target ?? {}} /> },
                {
                  title: say('outcome'),
                  cell: (entry) => (
                    <>
                      <Status of={entry.outcome} /> {entry.cause && <span class="fine">{entry.cause}</span>}
                    </>
                  ),
                },
                { title: say('reason'), cell: (entry) => entry.reason ?? '–' },
                {
                  title: say('who'),
                  cell: (entry) => who(entry.actor),
                },
                { title: say('when'), cell: (entry) => <Moment at={entry.at} /> },
                { title: say('event'), cell: (entry) => <EventLink position={entry.position} /> },
                { title: say('detail'), cell: (entry) => <Detail of={entry.detail} /> },
              ]}
            />
            <Pager next={page.nextCursor} />
          </>
        )}
      </Shown>
    </section>
  );
}

function who(actor: AuditEntry['actor']) {
  if (!actor) return '–';
  return actor.name ?? (actor.kind === 'ANONYMOUS' ? say('anonymous') : actor.kind);
}

function Target({ of: target }: { of: { [name: string]: Json } }) {
  return (
    <ul class="parts">
      {Object.entries(target).map(([name, value]) => (
        <li key={name}>{targetPart(name, value)}</li>
      ))}
    </ul>
  );
}

function targetPart(name: string, value: Json) {
  const label = <span class="fine">{name} </span>;
  if (name === 'processor' && typeof value === 'string')
    return (
      <>
        {label}
        <ProcessorLink name={value} />
      </>
    );
  if (name === 'process' && typeof value === 'string')
    return (
      <>
        {label}
        <ProcessLink id={value} />
      </>
    );
  if (name === 'position' && typeof value === 'number')
    return (
      <>
        {label}
        <EventLink position={value} />
      </>
    );
  return (
    <>
      {label}
      <span class="mono">{typeof value === 'string' ? value : JSON.stringify(value)}</span>
    </>
  );
}

function Detail({ of: detail }: { of: Json | undefined }) {
  if (detail === undefined) return null;
  return (
    <details>
      <summary>{say('detail')}</summary>
      <JsonView value={detail} label={say('detail')} />
    </details>
  );
}
