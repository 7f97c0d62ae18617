import { Button, Center } from '@mantine/core';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import {
  type ReactNode,
  type Ref,
  memo,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import type { List } from '../hooks/use-list.ts';
import { ErrorNotice } from './error-notice.tsx';
import { Waiting } from './waiting.tsx';

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => ReactNode;
  /** On a narrow screen the column is left out. */
  readonly wideOnly?: true;
  /** The column is short and not cut off on a narrow screen. */
  readonly whole?: true;
  readonly align?: 'right';
  /** The width of the column, such as `9rem`. */
  readonly width?: string;
}

export interface DataTableProps<T> {
  /** The name of the table for screen readers: "Endpoints of Acme". */
  readonly label: string;
  readonly list: List<T>;
  /** Must be the same array in each render unless the columns change: a new array renders every row again. */
  readonly columns: readonly Column<T>[];
  readonly rowKey: (row: T) => string;
  readonly empty: ReactNode;
}

const ROW_PX = 41;
/** More rows than a screen shows, so that a person who scrolls does not wait for the next page. */
const READ_AHEAD = 50;

/**
 * A list of the API as a table. Only the rows near the visible part are in the page, however many were read; the
 * next page is read before the end is in sight.
 */
export function DataTable<T>({ label, list, columns, rowKey, empty }: DataTableProps<T>) {
  const { rows, hasMore, isLoadingMore, loadMore } = list;
  const body = useRef<HTMLTableSectionElement>(null);
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    if (body.current === null) return;
    const { top } = body.current.getBoundingClientRect();
    setOffset(Math.round(top + window.scrollY));
  }, [rows.length === 0]);
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_PX,
    // Enough that one step of a scroll needs no new rows: with twelve a scroll took a fifth longer.
    overscan: 20,
    scrollMargin: offset,
    // With no rows it would lay out the whole page for nothing.
    enabled: rows.length > 0,
    getItemKey: (index) => keyAt(rows, index, rowKey),
  });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !isLoadingMore && last >= rows.length - READ_AHEAD && rows.length > 0)
      loadMore();
  }, [hasMore, isLoadingMore, last, rows.length, loadMore]);

  if (list.error && rows.length === 0)
    return <ErrorNotice error={list.error} onRetry={list.reload} />;
  if (list.isLoading) return <Waiting />;
  if (rows.length === 0 && !hasMore) return empty;
  const before = (items[0]?.start ?? offset) - offset;
  const after = virtualizer.getTotalSize() - ((items.at(-1)?.end ?? offset) - offset);
  return (
    <>
      {list.error ? <ErrorNotice error={list.error} onRetry={list.reload} /> : null}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <div className="table-frame" role="group" aria-label={label} tabIndex={0}>
        <table className="table" aria-label={label} aria-rowcount={hasMore ? -1 : rows.length + 1}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th
                  key={column.title}
                  scope="col"
                  className={classOf(column)}
                  style={{ width: column.width }}
                >
                  {column.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody ref={body}>
            <Gap height={before} />
            {items.map(({ index, key }) => {
              const row = rows[index];
              return row === undefined ? null : (
                <Row
                  key={String(key)}
                  index={index}
                  row={row}
                  columns={columns as readonly Column<unknown>[]}
                  measure={virtualizer.measureElement}
                />
              );
            })}
            <Gap height={after} />
          </tbody>
        </table>
      </div>
      {hasMore && (
        <Center mt="sm">
          <Button variant="default" loading={isLoadingMore} onClick={loadMore}>
            {rows.length === 0 ? 'Look further back' : 'More'}
          </Button>
        </Center>
      )}
    </>
  );
}

interface RowProps {
  readonly index: number;
  readonly row: unknown;
  readonly columns: readonly Column<unknown>[];
  readonly measure: Ref<HTMLTableRowElement>;
}

/** Memoized, so that scrolling renders only the rows that come into sight. */
const Row = memo(function Row({ index, row, columns, measure }: RowProps) {
  return (
    <tr data-index={index} ref={measure} aria-rowindex={index + 2}>
      {columns.map((column) => (
        <td key={column.title} className={`${column.whole ? 'whole' : 'clip'} ${classOf(column)}`}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
});

function classOf({ align, wideOnly }: Column<never>): string {
  return `${align ?? ''} ${wideOnly ? 'wide-only' : ''}`;
}

function Gap({ height }: { height: number }) {
  return height <= 0 ? null : (
    <tr aria-hidden>
      <td style={{ height, padding: 0 }} />
    </tr>
  );
}

function keyAt<T>(rows: readonly T[], index: number, rowKey: (row: T) => string): string {
  const row = rows[index];
  return row === undefined ? String(index) : rowKey(row);
}
