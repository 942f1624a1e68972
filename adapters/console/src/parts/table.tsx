// A table that becomes a list of cards where the page is narrow.
import type { ComponentChildren } from 'preact';

export interface Column<T> {
  title: string;
  cell: (row: T) => ComponentChildren;
  /** Numbers stand on the right. */
  isNumber?: boolean;
  /** The column that names the row. */
  isHead?: boolean;
}

interface Props<T> {
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string | number;
  /** What sets a row apart, as a class. */
  rowClass?: (row: T) => string;
}

export function Table<T>({ caption, columns, rows, rowKey, rowClass }: Props<T>) {
  return (
    <table class="table">
      <caption class="hidden">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.title} scope="col" class={classOf(column)}>
              {column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)} class={rowClass?.(row)}>
            {columns.map((column) => (
              <Cell key={column.title} column={column} row={row} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell<T>({ column, row }: { column: Column<T>; row: T }) {
  const content = column.cell(row);
  if (column.isHead)
    return (
      <th scope="row" data-title={column.title}>
        {content}
      </th>
    );
  return (
    <td class={classOf(column)} data-title={column.title}>
      {content}
    </td>
  );
}

function classOf<T>(column: Column<T>): string | undefined {
  return column.isNumber ? 'number' : undefined;
}
