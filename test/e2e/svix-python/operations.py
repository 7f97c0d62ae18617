"""Every operation that the API offers, by the official Python client: operations.py URL TOKEN.
The token is of an organization that has nothing yet.

The client checks each answer against its own models, and raises when a field is missing or has
another type. 1.x and 2.x differ in names only; those are chosen at the top.
"""

import sys
import threading
import time
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import svix
from svix import api
from svix.api.message import message_in_raw
from svix.exceptions import HttpError, HTTPValidationError
from svix.webhooks import Webhook

URL, TOKEN = sys.argv[1:]
VERSION = svix.__version__
IS_2 = VERSION.startswith("2.")
UPSERT = "upsert" if IS_2 else "update"
SET_HEADERS = "set_headers" if IS_2 else "update_headers"
EVENT_TYPES = "event_types" if IS_2 else "filter_types"
RATE = "throttle_rate" if "throttle_rate" in api.EndpointOut.model_fields else "rate_limit"
ENDPOINT_UPSERT = api.EndpointUpsertIn if IS_2 else api.EndpointUpdate
EVENT_TYPE_UPSERT = api.EventTypeUpsertIn if IS_2 else api.EventTypeUpdate

client = api.Svix(TOKEN, api.SvixOptions(server_url=URL))
# Each look at one of these makes a new HTTP client, which reads all authorities again.
application, endpoint, event_type = client.application, client.endpoint, client.event_type
message, message_attempt = client.message, client.message_attempt
PAID, SENT = "invoice.paid", "invoice.sent"


def main() -> None:
    for name in (PAID, SENT):
        event_type.create(api.EventTypeIn(name=name, description=""))
    receiver = Receiver()
    try:
        for part in (applications, endpoints, headers_and_secrets, event_types, errors):
            part()
        messages(receiver)
        attempts(receiver)
        more(receiver)
    finally:
        receiver.close()
    if IS_2:
        client.health.get()
    print(f"svix {VERSION}: ok")


def applications() -> None:
    uid = "acme"
    created = application.create(
        api.ApplicationIn(name="Acme", uid=uid, metadata={"plan": "gold"}, **{RATE: 50})
    )
    equal(getattr(created, RATE), 50)
    equal(application.get(uid), created)
    equal(application.get_or_create(api.ApplicationIn(name="Two", uid=uid)), created)
    replaced = getattr(application, UPSERT)(uid, api.ApplicationIn(name="Ltd", uid=uid))
    equal((replaced.id, replaced.metadata, getattr(replaced, RATE)), (created.id, {}, None))
    patched = application.patch(
        uid, api.ApplicationPatch(metadata={"a": "b"}, **{RATE: 7})
    )
    equal((patched.name, patched.metadata, getattr(patched, RATE)), ("Ltd", {"a": "b"}, 7))
    options = api.ApplicationCreateOptions(idempotency_key="create")
    once = application.create(api.ApplicationIn(name="Once"), options)
    equal(application.create(api.ApplicationIn(name="Once"), options), once)
    for order in api.Ordering:
        walk(application.list, api.ApplicationListOptions, order=order)
    application.delete(uid)
    equal(refused(application.get, uid).status_code, 404)


def endpoints() -> None:
    app = new_app()
    created = endpoint.create(
        app,
        api.EndpointIn(
            url="https://example.com/hook",
            uid="main",
            description="Main",
            channels=["north"],
            metadata={"a": "b"},
            headers={"X-Team": "red"},
            **{EVENT_TYPES: [PAID], RATE: 10},
        ),
    )
    equal((getattr(created, EVENT_TYPES), getattr(created, RATE)), ([PAID], 10))
    equal(endpoint.get(app, "main"), created)
    replaced = getattr(endpoint, UPSERT)(
        app, "main", ENDPOINT_UPSERT(url="https://example.com/2", disabled=True)
    )
    equal((replaced.id, replaced.disabled, replaced.channels), (created.id, True, None))
    equal(getattr(replaced, EVENT_TYPES), None)
    patched = endpoint.patch(
        app, "main", api.EndpointPatch(disabled=False, **{EVENT_TYPES: [SENT], RATE: 3})
    )
    equal((getattr(patched, EVENT_TYPES), getattr(patched, RATE)), ([SENT], 3))
    cleared = endpoint.patch(
        app, "main", api.EndpointPatch(**{EVENT_TYPES: None, RATE: None})
    )
    equal((getattr(cleared, EVENT_TYPES), getattr(cleared, RATE)), (None, None))
    for _ in range(4):
        endpoint.create(app, api.EndpointIn(url="https://example.com/"))
    equal(len(walk(endpoint.list, api.EndpointListOptions, app)), 5)
    endpoint.delete(app, "main")
    equal(refused(endpoint.get, app, "main").status_code, 404)


def headers_and_secrets() -> None:
    app = new_app()
    key = "whsec_" + "MDEy" * 8
    hook = endpoint.create(
        app, api.EndpointIn(url="https://example.com/", secret=key)
    ).id
    getattr(endpoint, SET_HEADERS)(
        app,
        hook,
        api.EndpointHeadersIn(headers={"X-Team": "blue", "X-Old": "1", "Authorization": "x"}),
    )
    endpoint.patch_headers(
        app,
        hook,
        api.EndpointHeadersPatchIn(headers={"X-New": "yes"}, delete_headers=["X-Old"]),
    )
    shown = endpoint.get_headers(app, hook)
    equal(shown.headers, {"X-Team": "blue", "X-New": "yes"})
    equal(shown.sensitive, ["Authorization"])
    equal(endpoint.get_secret(app, hook).key, key)
    following = "whsec_" + "NDU2" * 8
    rotated = endpoint.rotate_secret(app, hook, api.EndpointSecretRotateIn(key=following))
    # 1.x passes over the answer.
    equal(rotated and rotated.key, following if IS_2 else None)
    equal(endpoint.get_secret(app, hook).key, following)
    endpoint.rotate_secret(app, hook, api.EndpointSecretRotateIn())
    equal(endpoint.get_secret(app, hook).key in (key, following), False)


def event_types() -> None:
    name = "invoice.refunded"
    schemas = {"1": {"type": "object"}}
    created = event_type.create(
        api.EventTypeIn(name=name, description="Refunded", schemas=schemas)
    )
    equal((created.schemas, created.archived), (schemas, False))
    equal(event_type.get(name), created)
    replaced = getattr(event_type, UPSERT)(name, EVENT_TYPE_UPSERT(description="Late"))
    equal((replaced.description, replaced.schemas), ("Late", None))
    equal(event_type.patch(name, api.EventTypePatch(deprecated=True)).deprecated, True)
    event_type.delete(name)
    equal(name in walk(event_type.list, api.EventTypeListOptions), False)
    every = walk(
        event_type.list, api.EventTypeListOptions, include_archived=True, with_content=True
    )
    equal(name in every, True)
    event_type.delete(name, api.EventTypeDeleteOptions(expunge=True))
    equal(refused(event_type.get, name).status_code, 404)


def errors() -> None:
    conflict = refused(event_type.create, api.EventTypeIn(name=PAID, description=""))
    equal((conflict.status_code, conflict.code), (409, "conflict"))
    stranger = api.Svix("nonsense", api.SvixOptions(server_url=URL))
    equal(refused(stranger.application.list).status_code, 401)
    try:
        application.create(api.ApplicationIn(name=""))
        raise AssertionError("an empty name was accepted")
    except HTTPValidationError as error:
        equal([entry.loc for entry in error.detail], [["body", "name"]])


def messages(receiver: "Receiver") -> None:
    app = new_app()
    hook = endpoint.create(
        app, api.EndpointIn(url=receiver.url, **{EVENT_TYPES: [PAID]})
    ).id
    event = api.MessageIn(event_type=PAID, event_id="one", channels=["north"], payload={"n": 1})
    options = api.MessageCreateOptions(idempotency_key="key", with_content=True)
    first = message.create(app, event, options)
    equal((first.event_type, first.event_id, first.payload), (PAID, "one", {"n": 1}))
    equal(message.create(app, event, options), first)
    equal(refused(message.create, app, event).status_code, 409)
    equal(message.get(app, "one", api.MessageGetOptions(with_content=True)), first)
    second = message.create(app, api.MessageIn(event_type=SENT, payload={}))
    third = message.create(app, message_in_raw(PAID, "<paid/>", "text/xml"))
    equal(third.payload, {})

    until(lambda: len(receiver.received) == 2, "the webhooks")
    webhook = Webhook(endpoint.get_secret(app, hook).key)
    bodies = {}
    for headers, body in receiver.received:
        bodies[body] = headers["content-type"]
        sent_at = datetime.fromtimestamp(int(headers["webhook-timestamp"])).astimezone()
        signed = webhook.sign(headers["webhook-id"], sent_at, body.decode())
        equal(headers["webhook-signature"], signed)
    equal(bodies, {b'{"n":1}': "application/json", b"<paid/>": "text/xml"})

    def ids(**options):
        found = message.list(app, api.MessageListOptions(**options))
        return [entry.id for entry in found.data]

    equal(ids(event_types=[PAID]), [third.id, first.id])
    equal(ids(event_types=[PAID, SENT]), [third.id, second.id, first.id])
    equal(ids(channel="north"), [first.id])
    equal(ids(before=first.timestamp), [])
    equal(len(ids(after=first.timestamp - timedelta(seconds=1), with_content=False)), 3)
    equal(
        walk(message.list, api.MessageListOptions, app), [third.id, second.id, first.id]
    )


def attempts(receiver: "Receiver") -> None:
    app = new_app()
    hook = endpoint.create(app, api.EndpointIn(url=receiver.url)).id
    receiver.statuses = [503]
    sent = message.create(
        app, api.MessageIn(event_type=PAID, channels=["north"], payload={})
    ).id

    def made():
        options = api.MessageAttemptListByMsgOptions(with_content=True)
        return message_attempt.list_by_msg(app, sent, options).data

    until(lambda: len(made()) == 2, "two attempts")
    equal([attempt.response_status_code for attempt in made()], [200, 503])
    (destination,) = message_attempt.list_attempted_destinations(app, sent).data
    equal((destination.id, destination.status), (hook, api.MessageStatus.SUCCESS))
    message_attempt.resend(app, sent, hook)
    until(lambda: len(made()) == 3, "a third attempt")
    third, second, first = made()
    equal((third.trigger_type, third.response, first.status), (1, "ok", api.MessageStatus.FAIL))
    equal(message_attempt.get(app, sent, first.id).id, first.id)

    every = [third.id, second.id, first.id]
    for listed, options, of in (
        (message_attempt.list_by_msg, api.MessageAttemptListByMsgOptions, sent),
        (message_attempt.list_by_endpoint, api.MessageAttemptListByEndpointOptions, hook),
    ):
        for filters, expected in (
            ({"status": api.MessageStatus.SUCCESS}, every[:2]),
            ({"status": api.MessageStatus.FAIL}, every[2:]),
            ({"status_code_class": api.StatusCodeClass.CODE5XX}, every[2:]),
            ({"channel": "south"}, []),
            ({"event_types": [PAID, SENT]}, every),
            ({"event_types": [SENT]}, []),
            ({"before": first.timestamp}, []),
            ({"after": first.timestamp, "with_content": False}, every),
        ):
            found = listed(app, of, options(**filters)).data
            equal((filters, [attempt.id for attempt in found]), (filters, expected))
        equal(walk(listed, options, app, of), every)


def more(receiver: "Receiver") -> None:
    """Messages of an endpoint, statistics, examples, deleted contents, access to the portal."""
    app = new_app()
    hook = endpoint.create(app, api.EndpointIn(url=receiver.url)).id
    receiver.statuses = [503]
    sent = message.create(app, api.MessageIn(event_type=PAID, payload={"n": 1})).id
    example = endpoint.send_example(app, hook, api.EventExampleIn(event_type="svix.ping"))
    equal(example.payload, {"success": True})

    def listed(**options):
        found = message_attempt.list_attempted_messages(
            app, hook, api.MessageAttemptListAttemptedMessagesOptions(**options)
        )
        return [entry.id for entry in found.data]

    until(lambda: len(listed(status=api.MessageStatus.SUCCESS)) == 2, "both deliveries")
    equal(listed(), [example.id, sent])
    equal(listed(status=api.MessageStatus.FAIL), [])
    stats = endpoint.get_stats(app, hook)
    equal((stats.success, stats.fail, stats.pending), (2, 1, 0))
    if hasattr(endpoint, "get_attempt_stats"):
        equal(endpoint.get_attempt_stats(app, hook), api.EndpointAttemptStats(success=2, fail=1, canceled=0))

    options = api.MessageAttemptListByMsgOptions(with_content=True)
    last = message_attempt.list_by_msg(app, sent, options).data[0].id
    message_attempt.expunge_content(app, sent, last)
    equal(message_attempt.get(app, sent, last).response, "EXPUNGED")
    message.expunge_content(app, sent)
    shown = message.get(app, sent, api.MessageGetOptions(with_content=True))
    equal(shown.payload, {"expired": True})

    access = client.authentication.app_portal_access(
        "customer",
        api.AppPortalAccessIn(
            application=api.ApplicationIn(name="Customer", uid="customer"),
            feature_flags=["beta"],
        ),
    )
    portal = api.Svix(access.token, api.SvixOptions(server_url=URL))
    equal(portal.application.get("customer").uid, "customer")


def new_app() -> str:
    return application.create(api.ApplicationIn(name="Acme")).id


def refused(call, *args) -> HttpError:
    try:
        call(*args)
    except HttpError as error:
        return error
    raise AssertionError(f"{call} was not refused")


def walk(listed, options, *args, **filters):
    """Pages to the end and back to the first page; the ids, in order."""

    def page(iterator):
        return listed(*args, options(limit=2, iterator=iterator, **filters))

    def ids(found):
        return [getattr(entry, "id", None) or entry.name for entry in found.data]

    found = page(None)
    pages = [ids(found)]
    while not found.done:
        found = page(found.iterator)
        pages.append(ids(found))
    back = [ids(found)]
    while len(back) < len(pages):
        found = page(found.prev_iterator)
        back.insert(0, ids(found))
    equal(back, pages)
    return sum(pages, [])


def equal(actual, expected) -> None:
    if actual != expected:
        raise AssertionError(f"{actual!r} is not {expected!r}")


def until(check, what: str) -> None:
    deadline = time.monotonic() + 10
    while not check():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come within 10 s")
        time.sleep(0.01)


class Receiver:
    """Takes webhooks on a free port; answers `statuses` in turn, and then 200."""

    def __init__(self) -> None:
        self.received, self.statuses = [], []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.received.append((self.headers, body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()


main()
