import { useApi } from '../../kit/api/api-context.tsx';
import { useRead } from '../../kit/hooks/use-read.ts';
import { EmptyState } from '../../kit/parts/empty-state.tsx';
import { Link } from '../../kit/parts/link.tsx';

/** The first steps, shown on an installation without a customer. */
export function FirstSteps() {
  const api = useApi();
  const read = useRead(['applications', 'first'], () => api.applications.list({ limit: 1 }));
  if (read.data?.data.length !== 0) return null;
  return (
    <EmptyState title="Nothing is here yet">
      <Link to="/applications">Create an application</Link> for your first customer, give it an
      endpoint, and “Send an example” there: you see it arrive. Publishing is{' '}
      <code>POST /api/v1/app/…/msg</code>, which the <a href="/docs">reference</a> lets you try.
    </EmptyState>
  );
}
