"""What schemathesis takes for a mistake in Bistro and is none, each with its reason.

A description says what may be asked, never what is in the tables: so a request can be as described and still be refused
for what it meets there. The server's own code tells which of those it was, and only for these a refusal passes.
"""

import json

import schemathesis

# Codes that refuse a request as described, and what a description cannot say.
REFUSED_RIGHTLY = {
    "23514": "the table's CHECK, which is SQL",
    "PGRST102": "rows of one list with unlike members",
    "PGRST103": "a page beyond the last row, where the total is asked for; or backwards; or two pages apart",
    "PGRST115": "a body whose key is another one than the URL's",
    "PGRST124": "more rows than `max-affected`",
    "21000": "a change of every row: one of many optional filters must be there",
    "BISTRO409": "a `test` in a JSON patch that does not hold",
    "BISTRO412": "`If-Match` or `If-None-Match` that does not hold",
    "BISTRO422": "a patch that does not fit the row, or a key used for another request",
}

# Parameters that only mean something to part of the writes they can stand beside.
OF_WRITES = {
    "select": "says what comes back, and without `return=representation` nothing does",
    "columns": "chooses among what a body has",
    "on_conflict": "only counts beside `resolution=…`",
}


# Parameters that refuse or excuse nearly everything when they are made up, and the only resource where they are.
MADE_UP = {
    "bistro.after": None,  # a cursor is what an answer gave, for the order it was in
    "bistro.if-match": "order_lines",  # no row has a tag that somebody thought of
    "bistro.if-none-match": "order_lines",
    "bistro.idempotency-key": "guestbook",  # a second request with it is refused, and keys come again and again
    "columns": "order_lines",  # what it does not name is not looked at, whatever it is
}


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Keeps what would be refused in nearly every case to where it is worth a try, so that the rest is tried as well."""
    for path, item in raw_schema["paths"].items():
        keep_some(item.get("parameters", []), path)
        for operation in item.values():
            if isinstance(operation, dict):
                keep_some(operation.get("parameters", []), path)
                # To a schema CSV is a text like any other, and random texts are no tables.
                operation.get("requestBody", {}).get("content", {}).pop("text/csv", None)
    for schema in raw_schema["components"]["schemas"].values():
        if schema.get("properties", {}).get("after", {}).get("$ref", "").endswith("/bistro.cursor"):
            del schema["properties"]["after"]


def keep_some(parameters, path):
    resource = path.split("/")[1]
    parameters[:] = [one for one in parameters if MADE_UP.get(name_of(one), resource) == resource]


def name_of(parameter):
    name = parameter.get("$ref", "").split("/")[-1]
    return name if name.startswith("bistro.") else name.split(".rows.")[-1]


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Whether a failure stands."""
    name = type(failure).__name__
    if name == "RejectedPositiveData":
        return not is_refused_rightly(case, response)
    if name == "AcceptedNegativeData":
        return not is_accepted_rightly(case, response)
    if name in ("MissingContentType", "MalformedJson"):
        # 201 comes with the rows or without, as `Prefer` asks; OpenAPI has no word for content that may be missing.
        return not (response.status_code in (200, 201) and response.content == b"")
    return True


def is_refused_rightly(case, response):
    if case.path == "/-/batch":
        # What the requests in it may be, the description says of each by itself.
        return True
    code = json.loads(response.content).get("code") if response.content else None
    if case.media_type == "application/json-patch+json" and code in ("22P02", "23502", "428C9", "PGRST204"):
        # What the patch makes of the row is no row of this table.
        return True
    if "columns" in (case.query or {}) and code in ("23502", "22P02"):
        # What `columns` names and the body has not is NULL.
        return True
    if code == "23502":
        # NOT NULL of a table behind a view.
        return case.path.startswith("/guestbook")
    return code in REFUSED_RIGHTLY


def is_accepted_rightly(case, response):
    if case.method.upper() == "PATCH" and response.headers.get("content-range", [""])[0].startswith("*/"):
        # No row is NULL where it must not be if there is no row to change.
        return True
    if case.method.upper() not in ("POST", "PUT", "PATCH", "DELETE"):
        return False
    if "columns" in (case.query or {}):
        # What `columns` does not name is not looked at, whatever it is.
        return True
    data = case.meta.phase.data
    mutated = {mutation.parameter for mutation in getattr(data, "mutations", [])} | {getattr(data, "parameter", None)}
    return bool(mutated & OF_WRITES.keys())
