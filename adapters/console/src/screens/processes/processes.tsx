// The attempts: which there are, how each went, and a decision on those that cannot end by themselves.
import { address } from '../../api/request';
import type { Page, Process } from '../../api/types';
import { word } from '../../i18n/names';
import { words } from '../../i18n/words';
import { useResource } from '../../live/resource';
import { Attempt } from '../../parts/attempt';
import { Confirm } from '../../parts/confirm';
import { Filters } from '../../parts/filters';
import { BookLink, MemberLink, ProcessLink } from '../../parts/links';
import { Moment } from '../../parts/moment';
import { Pager } from '../../parts/pager';
import { Shown } from '../../parts/shown';
import { Status } from '../../parts/status';
import { Table } from '../../parts/table';
import { common } from '../../parts/texts';
import { link, route } from '../../route/route';

const say = words({
  list: ['Processes', '프로세스'],
  none: ['No rent, return or payment fits.', '해당하는 대여, 반납, 납부가 없습니다.'],
  status: ['Status', '상태'],
  kind: ['Kind', '종류'],
  member: ['Member', '회원'],
  book: ['Book', '도서'],
  process: ['Process', '프로세스'],
  started: ['Started', '시작'],
  answers: ['Answers', '응답'],
  why: ['Why', '사유'],
  confirm: ['Confirm it', '확정'],
  cancel: ['Cancel it', '취소'],
  confirmWhy: [
    'The process is closed as confirmed: what the card promised holds. What participants answer later follows this decision.',
    '프로세스를 확정으로 닫습니다. 카드의 약속이 유지되고, 이후의 응답도 이 결정을 따릅니다.',
  ],
  cancelWhy: [
    'The process is closed as cancelled: what participants have done for it is undone, now or when they answer.',
    '프로세스를 취소로 닫습니다. 참여자가 한 일은 지금 또는 응답할 때 되돌립니다.',
  ],
  decide: ['Decide by hand', '직접 결정'],
  events: ['Its events in the log', '로그의 이벤트'],
});

const STATUSES = ['STARTED', 'COMPLETED', 'COMPENSATING', 'COMPENSATED', 'NEEDS_REVIEW', 'RESOLVED'];
const KINDS = ['RENT', 'RETURN', 'OVERDUE'];

export function Processes() {
  const id = route.value.path[1];
  return id ? <Detail key={id} id={id} /> : <List />;
}

function List() {
  const { query } = route.value;
  const wanted = Object.fromEntries(['status', 'kind', 'memberId', 'cursor'].map((name) => [name, query.get(name)]));
  const processes = useResource<Page<Process>>(address('/v1/processes', { ...wanted, limit: 30 }), ['processes']);
  return (
    <section class="panel">
      <Filters
        label={say('list')}
        fields={[
          {
            name: 'status',
            label: say('status'),
            kind: 'choice',
            options: STATUSES.map((status) => [status, word(status)] as const),
          },
          {
            name: 'kind',
            label: say('kind'),
            kind: 'choice',
            options: KINDS.map((kind) => [kind, word(kind)] as const),
          },
          { name: 'memberId', label: say('member'), kind: 'text' },
        ]}
      />
      <Shown of={processes} isEmpty={(page) => page.items.length === 0} empty={say('none')}>
        {(page) => (
          <>
            <Table
              caption={say('list')}
              rows={page.items}
              rowKey={(process) => process.id}
              columns={[
                { title: say('process'), cell: (process) => <ProcessLink id={process.id} />, isHead: true },
                { title: say('kind'), cell: (process) => word(process.kind) },
                { title: say('status'), cell: (process) => <Status of={process.status} /> },
                { title: say('member'), cell: (process) => <MemberLink id={process.memberId} /> },
                {
                  title: say('book'),
                  cell: (process) => (process.bookNo === undefined ? '–' : <BookLink no={process.bookNo} />),
                },
                { title: say('answers'), cell: (process) => <Answers process={process} /> },
                { title: say('started'), cell: (process) => <Moment at={process.startedAt} /> },
                { title: say('why'), cell: (process) => process.reason ?? '' },
              ]}
            />
            <Pager next={page.nextCursor} />
          </>
        )}
      </Shown>
    </section>
  );
}

function Answers({ process }: { process: Process }) {
  const all = (['BOOK', 'MEMBER'] as const).flatMap((name) => {
    const state = process.participants[name]?.state;
    return state ? [`${word(name)}: ${word(state)}`] : [];
  });
  return <span class="fine">{all.join(' · ')}</span>;
}

function Detail({ id }: { id: string }) {
  const process = useResource<Process>(`/v1/processes/${encodeURIComponent(id)}`, ['processes']);
  return (
    <section class="panel">
      <p>
        <a href={link(['processes'])}>{common('back')}</a>
      </p>
      {process.value?.status === 'NEEDS_REVIEW' && <Resolve id={id} done={() => void process.reload()} />}
      <Attempt id={id} />
      <p>
        <a href={link(['events'], { correlation: id })}>{say('events')}</a>
      </p>
    </section>
  );
}

function Resolve({ id, done }: { id: string; done: () => void }) {
  const resolve =
    (as: string) =>
    ({ reason }: { reason: string }) => ({
      path: `/v1/processes/${encodeURIComponent(id)}/resolve`,
      body: { as, reason },
    });
  return (
    <div class="notice warn">
      <strong>{say('decide')}</strong>
      <div class="buttons">
        <Confirm
          label={say('confirm')}
          explain={say('confirmWhy')}
          reason="required"
          command={resolve('confirm')}
          done={done}
        />
        <Confirm
          label={say('cancel')}
          explain={say('cancelWhy')}
          reason="required"
          command={resolve('cancel')}
          done={done}
        />
      </div>
    </div>
  );
}
