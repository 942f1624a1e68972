"""What a description cannot say, so that it does not count as a finding.

A request can keep every rule of the description and still be refused because of what the service knows: a version that has
passed, a key that came before. The answer names its problem, and only the problems below are let go.
"""

import json
import re

import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData

# Which valid requests each of them refuses.
BY_STATE = {
    "/problems/idempotency-key-reused",  # a key that came before with another body
    "/problems/version-mismatch",  # a version that is not the current one
    "/problems/foreign-position",  # a log that is not the one here
}
# As the description has them.
CURSOR = re.compile("[0-9a-f]{32,}")
POSITION = re.compile("[0-9]{1,18}")
ENTITY_TAG = re.compile('(W/)?"[0-9]{1,18}"')


@schemathesis.hook
def before_call(context, case, kwargs):
    """Leaves out what would be refused and hide whatever else the request asks for; what is wrong by itself stays."""
    if CURSOR.fullmatch(str(case.query.get("cursor"))):
        # No list gave it.
        del case.query["cursor"]
    # Nobody was told this id of a log.
    case.query.pop("logId", None)
    if all(POSITION.fullmatch(str(case.query.get(name))) for name in ("after", "before")):
        # Each of them is right, and together they mean nothing.
        del case.query["after"]
    if POSITION.fullmatch(str(case.query.get("version"))) and "at" in case.query:
        # Neither do these two.
        del case.query["version"]
    if case.operation.path.endswith("/pause") and case.path_parameters.get("name") == "operations":
        # Whoever pauses the one that applies actions has all later ones wait, and each says so after its five seconds.
        case.path_parameters["name"] = "catalogue"


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Whether a failure counts."""
    if isinstance(failure, RejectedPositiveData):
        return not refused_by_state(case, problem_in(response))
    return True


def refused_by_state(case, problem):
    kind = problem.get("type")
    if kind == "/problems/invalid-fields":
        # A day may lie 20 years from today and no further, and the description does not know which day it is.
        return all(error["field"] == "on" for error in problem["errors"])
    if kind == "/problems/invalid-query":
        # Upwards or downwards, at a version or at a time, but not both; or from beyond the end, which the answer then names.
        both = any(pair <= set(case.query) for pair in ({"after", "before"}, {"version", "at"}))
        return both or "head" in problem
    if kind == "/problems/invalid-if-match":
        # The coverage phase makes headers of letters and digits only, and sends a bare 0 for a version in quotes.
        return not ENTITY_TAG.fullmatch(str(case.headers.get("if-match")))
    return kind in BY_STATE


def problem_in(response):
    if "application/problem+json" not in " ".join(response.headers.get("content-type", [])):
        return {}
    return json.loads(response.content)
