import type { Inbox, InboxRequest } from './inbox.ts';

/** The page of an inbox. Received content is escaped, so that it is shown as text. */
export function inboxPage(inbox: Inbox, url: string): string {
  const { answer, received, count, secret } = inbox;
  const here = `/inbox/${inbox.id}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Inbox · Posthaste</title>
<link rel="stylesheet" href="/inbox/inbox.css">
<script src="/inbox/inbox.js" defer></script>
</head>
<body data-count="${count}">
<header>
<h1>Inbox</h1>
<p>Endpoints may send to <code>${text(url)}</code>, signed with <code>${text(secret)}</code>.</p>
<form method="post" action="${here}/try"><button>Send an event</button></form>
<form method="post" action="${here}/answer">
<label>Answer with <input name="status" type="number" min="200" max="599" value="${answer.status}" required></label>
<label>and <input name="body" value="${text(answer.body)}" maxlength="1000" placeholder="no body"></label>
<button>Set</button>
</form>
<form method="post" action="${here}/clear"><button>Clear</button></form>
<p id="more" role="status"></p>
</header>
<main aria-live="polite">
${received.length === 0 ? EMPTY : received.map(requestHtml).join('\n')}
</main>
</body>
</html>
`;
}

const EMPTY = `<p class="empty">Nothing has arrived yet. <strong>Send an event</strong> makes an application and an endpoint
that sends here, and publishes a message; or give the address above to an endpoint of your own.</p>`;

function requestHtml(request: InboxRequest): string {
  const { number, at, headers, body, isValid, detail, status } = request;
  const [, id = 'no webhook-id'] = headers.find(([name]) => name === 'webhook-id') ?? [];
  const verdict = isValid
    ? '<span class="valid">signature valid</span>'
    : `<span class="invalid">signature not valid: ${text(detail)}</span>`;
  const rows = headers
    .map(([name, value]) => `<tr><th scope="row">${text(name)}</th><td>${text(value)}</td></tr>`)
    .join('');
  return `<article>
<h2>#${number} <code>${text(id)}</code></h2>
<p>${verdict}, answered ${status}, <time>${new Date(at).toISOString()}</time></p>
<pre>${text(pretty(body))}</pre>
<details><summary>${headers.length} headers</summary><table>${rows}</table></details>
</article>`;
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function text(value: string): string {
  return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * Reloads the page when a request has arrived, but not while the user types an answer or has headers open:
 * the reload would lose both.
 */
export const INBOX_SCRIPT = `'use strict';
const shown = Number(document.body.dataset.count);
function isInUse() {
  return document.activeElement.matches('input') || document.querySelector('details[open]') !== null;
}
async function look() {
  try {
    const answer = await fetch(location.pathname + '/received');
    const { count } = await answer.json();
    if (count !== shown && !isInUse()) return location.reload();
    document.getElementById('more').textContent = count > shown
      ? (count - shown) + ' more arrived. Close the headers and leave the fields to see them.' : '';
  } catch {}
  setTimeout(look, 1000);
}
setTimeout(look, 500);
`;

export const INBOX_STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 56rem; margin: 0 auto; padding: 1rem; }
form { display: inline-block; margin: 0 1rem 0.5rem 0; }
input, button { font: inherit; padding: 0.25rem 0.5rem; }
input[type=number] { width: 5rem; }
code, pre { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
pre { padding: 0.75rem; overflow-x: auto; border: 1px solid #8886; border-radius: 6px; }
article { border-top: 1px solid #8886; margin-top: 1rem; }
h2 { font-size: 1rem; margin-bottom: 0; }
.valid { color: light-dark(#0a6b2d, #6fdc95); font-weight: 600; }
.invalid { color: light-dark(#a3170b, #ff9d92); font-weight: 600; }
.empty { padding: 2rem; text-align: center; }
th { text-align: left; font-weight: 500; padding-right: 1rem; vertical-align: top; }
td { overflow-wrap: anywhere; }
`;
