"""An engine behind bare Flask: facts in, the ids of the rules that fire out. PEER says which engine."""

from __future__ import annotations

import json
import os
import threading

from flask import Flask, Response, request

from bench.peers.installed import make
from bench.peers.normal import rules_of
from service.knowledge.loading import default_rules_directory, load_rule_base

app = Flask(__name__, static_folder=None)
engine = make(os.environ["PEER"], rules_of(load_rule_base(default_rules_directory())))
one_at_a_time = threading.Lock()  # not every engine says that threads may share it


@app.post("/")
def post() -> Response:
    """Answer with the ids, as JSON."""
    given = engine.read(request.get_data())
    with one_at_a_time:
        found = engine.fired(given)
    return Response(json.dumps(found), content_type="application/json")
