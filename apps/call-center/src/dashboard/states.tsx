/** What stands in place of the calls when there are none to show. */

export function NoCalls() {
  return (
    <div className="state">
      <p className="title">No calls yet</p>
      <p>They appear here by themselves, as they come.</p>
    </div>
  );
}

export function NoMatch({ onClear }: { readonly onClear: () => void }) {
  return (
    <div className="state">
      <p className="title">No call matches these filters</p>
      <button type="button" onClick={onClear}>
        Clear the filters
      </button>
    </div>
  );
}

export function Failing({ onRetry }: { readonly onRetry: () => void }) {
  return (
    <div className="card state" role="alert">
      <p className="title">The calls cannot be loaded</p>
      <p>The call center does not answer. This page goes on trying.</p>
      <button type="button" onClick={onRetry}>
        Try now
      </button>
    </div>
  );
}
