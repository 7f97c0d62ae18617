"""Every method of the official Python client, with every option and every member of its body: methods.py URL TOKEN.
The token is of an organization that has nothing yet.

Methods, options and members are found by reflection, so that those of a new version are included. Each call must be
answered in a form that the client can read, or be one of those below that are refused.
"""

import dataclasses
import inspect
import sys
import time
import typing
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import httpx
import svix
from svix import api, models
from svix.exceptions import HttpError, HTTPValidationError

URL, TOKEN = sys.argv[1:]
client = api.Svix(TOKEN, api.SvixOptions(server_url=URL))
now = datetime.now(timezone.utc)
count = 0

# Products of Svix besides webhooks: their methods are called once, with empty bodies.
OTHERS = (
    "authentication.get_stream",
    "authentication.rotate_stream",
    "authentication.stream",
    "autoconfig",
    "connector",
    "destination",
    "ingest",
    "integration",
    "message.poller",
    "streaming",
)

# What is refused, by the name of the member where a member is.
REFUSED = {
    "application.patch[name=None]": "422 body.name",
    "authentication.logout": "403",
    "authentication.logout(idempotency_key)": "403",
    "endpoint.patch[disabled=None]": "422 body.disabled",
    "endpoint.patch[secret]": "422 body.secret",
    "endpoint.patch[url=None]": "422 body.url",
    "endpoint.patch_transformation[enabled=None]": "422 body.enabled",
    "endpoint.transformation.patch[enabled=None]": "422 body.enabled",
    "endpoint.transformation_partial_update[enabled=None]": "422 body.enabled",
    "event_type.import_openapi[spec=None]": "422 body.spec",
    "event_type.import_openapi[spec_raw=None]": "422 body.spec",
    "event_type.patch[archived=None]": "422 body.archived",
    "event_type.patch[deprecated=None]": "422 body.deprecated",
    "event_type.patch[description=None]": "422 body.description",
}

# Methods that end what the others need.
LAST = ("update", "upsert", "expunge", "expire", "logout", "delete")


def main() -> None:
    prepare()
    # The calls of a method run at once, because each waits for a commit.
    with ThreadPoolExecutor(8) as pool:
        for name, method in sorted(methods(client), key=lambda found: rank(found[0])):
            made = list(calls(name, method))
            refusals = pool.map(lambda call: refusal_of(method, call[1]), made)
            for (label, _), refusal in zip(made, refusals):
                expected = REFUSED.get(name + label)
                if name.startswith(OTHERS):
                    expected = "404 No such path"
                if refusal != expected:
                    raise AssertionError(f"{name}{label}: {refusal}, not {expected}")
    print(f"svix {svix.__version__}: ok")


def refusal_of(method, arguments) -> str | None:
    try:
        method(*arguments)
        return None
    except HTTPValidationError as error:
        places = [".".join(map(str, entry.loc)) for entry in error.detail]
        return f"{error.status_code} {' '.join(places)}"
    except HttpError as error:
        return "403" if error.status_code == 403 else f"{error.status_code} {error.detail}"


def prepare() -> None:
    client.application.create(api.ApplicationIn(name="A", uid="a"))
    schema = {"1": {"type": "object", "examples": [{"n": 1}]}}
    client.event_type.create(
        api.EventTypeIn(name="invoice.paid", description="", schemas=schema)
    )
    client.endpoint.create("a", api.EndpointIn(url="http://127.0.0.1:9/", uid="e"))
    operational = api.OperationalWebhookEndpointIn(url="http://127.0.0.1:9/", uid="o")
    client.operational_webhook.endpoint.create(operational)
    message = api.MessageIn(event_type="invoice.paid", event_id="m", payload={"n": 1})
    client.message.create("a", message)
    # A task of a kind that the client does not know. The client has no method for it.
    httpx.post(
        f"{URL}/api/v1/app/a/endpoint/e/cancel-msgs",
        headers={"authorization": f"Bearer {TOKEN}"},
        json={"createdBefore": "2026-01-01T00:00:00Z"},
    ).raise_for_status()
    recovery = api.RecoverIn(since=now - timedelta(hours=1))
    NAMED["task_id"] = client.endpoint.recover("a", "e", recovery).id
    deadline = time.monotonic() + 10
    message_attempt = client.message_attempt
    while not (attempts := message_attempt.list_by_msg("a", "m").data):
        assert time.monotonic() < deadline, "no attempt within 10 s"
        time.sleep(0.01)
    NAMED["attempt_id"] = attempts[0].id


def methods(part, prefix="", known=None):
    """The methods of the client, and of the objects behind its properties. An object with two properties comes once."""
    known = set() if known is None else known
    if type(part) in known:
        return
    known.add(type(part))
    for name, member in inspect.getmembers(type(part)):
        if name.startswith("_"):
            continue
        if isinstance(member, property):
            yield from methods(getattr(part, name), f"{prefix}{name}.", known)
        elif inspect.isfunction(member) and prefix:
            yield prefix + name, getattr(part, name)


def rank(name: str) -> tuple:
    ending = [index for index, word in enumerate(LAST) if word in name]
    # An application, and what it has: the application ends last.
    return (max(ending, default=-1), name.startswith("application"), name)


def calls(name: str, method):
    """The calls of a method: one with what is required, one with each option, one with each member of the body."""
    hints = typing.get_type_hints(method)
    parameters = [
        (parameter, hints[parameter]) for parameter in inspect.signature(method).parameters
    ]
    of_options, bodies, required = None, [], []
    for parameter, hint in parameters:
        if parameter == "options":
            of_options = hint
        elif inspect.isclass(hint) and issubclass(hint, models.ApplicationIn.__bases__[0]):
            bodies.append(hint)
            empty = name.startswith(OTHERS)
            required.append(
                lambda hint=hint, empty=empty: hint.model_construct() if empty else body(hint)
            )
        else:
            value = NAMED.get(parameter, "x")
            if parameter == "endpoint_id" and name.startswith("operational"):
                value = "o"
            required.append(lambda value=value: value)
    yield "", [make() for make in required]
    if name.startswith(OTHERS):
        return
    if of_options is not None:
        for option in dataclasses.fields(of_options):
            value = value_of(name, option.name)
            for given in (value, []) if isinstance(value, list) else (value,):
                options = of_options(**{option.name: given})
                yield f"({option.name})", [make() for make in required] + [options]
    for model in bodies:
        for member, field in model.model_fields.items():
            # A change of the uid would hide the object from the other calls.
            if field.is_required() or (member == "uid" and "create" not in name):
                continue
            for label, value in (("", value_of(name, member)), ("=None", None)):
                with_member = lambda: body(model, **{member: value})
                yield f"[{member}{label}]", [
                    with_member() if index == len(required) - 1 else make()
                    for index, make in enumerate(required)
                ]


def body(model, **members):
    required = {
        name: value_of("", name)
        for name, field in model.model_fields.items()
        if field.is_required() and name not in members
    }
    if model.__name__ == "EventTypeImportOpenApiIn" and "spec_raw" not in members:
        members.setdefault("spec", value_of("", "spec"))
    return model(**required, **members)


def value_of(method: str, name: str):
    global count
    count += 1
    if name in ("uid", "name", "event_id", "idempotency_key"):
        return f"{name}-{count}"
    if name == "status":
        return "running" if method.startswith("background_task") else 0
    if name == "event_types" and method.startswith("environment"):
        return []
    if name in ("event_types", "filter_types") and method.startswith("operational"):
        return ["endpoint.disabled"]
    return VALUES[name]


NAMED = {
    "app_id": "a",
    "endpoint_id": "e",
    "msg_id": "m",
    "event_type_name": "invoice.paid",
}

VALUES = {
    "after": now - timedelta(hours=1),
    "app_ids": ["a"],
    "application": api.ApplicationIn(name="A", uid="a"),
    "archived": False,
    "before": now,
    "capabilities": ["ViewBase"],
    "channel": "eu",
    "channels": ["eu"],
    "code": "function handler(webhook) { return webhook; }",
    "connectors": [],
    "delete_headers": ["X-A"],
    "deliver_at": now + timedelta(hours=1),
    "deprecated": True,
    "description": "x",
    "disabled": False,
    "dry_run": True,
    "enabled": False,
    "endpoint_id": "e",
    "event_type": "invoice.paid",
    "event_types": ["invoice.paid"],
    "example_index": 0,
    "exclude_apps_with_disabled_endpoints": False,
    "exclude_apps_with_no_endpoints": False,
    "exclude_apps_with_svix_play_endpoints": True,
    "expanded_statuses": True,
    "expiry": 3600,
    "expunge": False,
    "feature_flag": "beta",
    "feature_flags": ["beta"],
    "filter_types": ["invoice.paid"],
    "grace_period_seconds": 0,
    "group_name": "g",
    "headers": {"X-A": "1"},
    "ids": ["m2"],
    "include_archived": True,
    "iterator": None,
    "key": "whsec_" + "MDEy" * 8,
    "limit": 2,
    "metadata": {"a": "b"},
    "order": "descending",
    "payload": {"n": 1},
    "payload_retention_hours": 5,
    "payload_retention_period": 10,
    "rate_limit": 5,
    "read_only": False,
    "replace_all": False,
    "schemas": {"1": {"type": "object", "examples": [{"n": 1}]}},
    "secret": "whsec_" + "MDEy" * 8,
    "session_id": "s",
    "session_ids": ["s"],
    "settings": {},
    "since": now - timedelta(hours=1),
    "spec": {"openapi": "3.1.0", "webhooks": {}},
    "spec_raw": '{"openapi": "3.1.0", "webhooks": {}}',
    "status_code_class": 200,
    "tag": "t",
    "tags": ["t"],
    "task": "endpoint.recover",
    "throttle_rate": 5,
    "transformations_params": {"headers": {"X-A": "1"}},
    "until": now,
    "url": "http://127.0.0.1:9/",
    "variables": {"a": "b"},
    "version": 2,
    "with_content": True,
    "with_msg": True,
}


main()
