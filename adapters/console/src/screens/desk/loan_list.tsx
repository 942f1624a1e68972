// Which books are out, and since when.
import { address } from '../../api/request';
import type { Loan, Page } from '../../api/types';
import { useResource } from '../../live/resource';
import { Filters } from '../../parts/filters';
import { BookLink, MemberLink, ProcessLink } from '../../parts/links';
import { Pager } from '../../parts/pager';
import { Empty, Shown } from '../../parts/shown';
import { Badge } from '../../parts/status';
import { Table } from '../../parts/table';
import { route } from '../../route/route';
import { say } from './texts';

export function LoanList() {
  const { query } = route.value;
  const wanted = {
    memberId: query.get('memberId'),
    overdue: query.get('overdue'),
    cursor: query.get('cursor'),
    limit: 25,
  };
  const loans = useResource<Page<Loan>>(address('/v1/loans', wanted), ['events']);
  return (
    <section class="panel">
      <Filters
        label={say('loans')}
        fields={[
          { name: 'memberId', label: say('memberId'), kind: 'text' },
          { name: 'overdue', label: say('overdue'), kind: 'choice', options: [['true', say('onlyOverdue')]] },
        ]}
      />
      {loans.refusal?.isAbsent ? (
        <Empty>{say('listAbsent')}</Empty>
      ) : (
        <Shown of={loans} isEmpty={(page) => page.items.length === 0} empty={say('noLoans')}>
          {(page) => (
            <>
              <Table
                caption={say('loans')}
                rows={page.items}
                rowKey={(loan) => loan.rentalId}
                columns={[
                  {
                    title: say('book'),
                    cell: (loan) => <BookLink no={loan.bookNo} title={loan.title} />,
                    isHead: true,
                  },
                  { title: say('memberId'), cell: (loan) => <MemberLink id={loan.memberId} /> },
                  { title: say('rentedOn'), cell: (loan) => loan.rentedOn },
                  {
                    title: say('dueOn'),
                    cell: (loan) => (
                      <>
                        {loan.dueOn} {loan.overdue && <Badge tone="bad" icon="warn" text={say('overdue')} />}
                      </>
                    ),
                  },
                  { title: say('rent'), cell: (loan) => <ProcessLink id={`rent-${loan.rentalId}`} /> },
                ]}
              />
              <Pager next={page.nextCursor} />
            </>
          )}
        </Shown>
      )}
    </section>
  );
}
