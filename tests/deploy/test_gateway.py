"""The gateway's configuration, in a real nginx in front of the real service."""

import grp
import http.client
import os
import pwd
import re
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from werkzeug import Response

from service.web.problem_kinds import BY_SLUG, BY_STATUS
from service.web.responses import API_VERSION, SECURITY
from tests.contract.checking import mistakes_in
from tests.serving import ROOT, free_port, serving

NGINX = ROOT / "deploy" / "nginx"
ADVICE = "/v1/recommendations"
BATCH = "/v1/recommendations/_batch"
JSON = {"Content-Type": "application/json"}
LINES = {"Content-Type": "application/x-ndjson"}
ONLY_THE_SERVICE_KNOWS = "the header Rule-Base-Version is missing"
SOON_REACHED, NEVER_REACHED = "1r/s", "10000r/s"  # on any machine

Gateway = tuple[int, Path]


def configuration(folder: Path, port: int, service: str, rate: str) -> Path:
    """Write the configuration as it is, but for ports, files, a rate and whom nginx runs as; return the main file."""
    site = (NGINX / "advisor.conf").read_text(encoding="utf-8")
    for old, new in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("/etc/nginx/tls", str(folder)),
        ("/var/log/nginx", str(folder)),
        ("rate=20r/s", f"rate={rate}"),
    ):
        assert old in site
        site = site.replace(old, new)
    upstream = (NGINX / "upstream.conf").read_text(encoding="utf-8")
    assert "127.0.0.1:8000" in upstream
    (folder / "site.conf").write_text(site + upstream.replace("127.0.0.1:8000", service), encoding="utf-8")
    temporary = "\n".join(
        f"{kind}_temp_path {folder / kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = f"user {pwd.getpwuid(os.getuid()).pw_name} {grp.getgrgid(os.getgid()).gr_name};" if os.getuid() == 0 else ""
    main = folder / "nginx.conf"
    main.write_text(
        f"{user}\ndaemon off;\npid {folder / 'pid'};\nevents {{}}\n"
        f"http {{\n{temporary}\nserver_names_hash_bucket_size 64;\ninclude {folder / 'site.conf'};\n}}\n",
        encoding="utf-8",
    )
    return main


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subject = ["-subj", "/CN=advice.example.org", "-addext", "subjectAltName=DNS:advice.example.org"]
    subprocess.run(["openssl", "req", "-x509", *kind, *files, *subject], check=True, capture_output=True)
    return folder


@pytest.fixture
def gateway(certificate: Path, tmp_path: Path, server: tuple[str, Path]) -> Iterator[Gateway]:
    """Give the port of a gateway whose limits nobody has used yet, and the folder with its logs."""
    with running(certificate, tmp_path, server[0].removeprefix("http://")) as gateway:
        yield gateway


@pytest.fixture
def gateway_alone(certificate: Path, tmp_path: Path) -> Iterator[Gateway]:
    """Give the port of a gateway behind which nothing answers."""
    with running(certificate, tmp_path, f"127.0.0.1:{free_port()}") as gateway:
        yield gateway


@contextmanager
def running(certificate: Path, folder: Path, service: str, rate: str = SOON_REACHED) -> Iterator[Gateway]:
    for file in certificate.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    port = free_port()
    main = configuration(folder, port, service, rate)
    command = ["nginx", "-p", str(folder), "-e", str(folder / "start.log"), "-c", str(main)]
    process = subprocess.Popen(command)
    try:
        for _ in range(100):
            if process.poll() is not None:
                pytest.fail((folder / "start.log").read_text(encoding="utf-8"))
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port, folder
    finally:
        process.terminate()
        process.wait(timeout=10)


def ask(
    gateway: Gateway, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> Response:
    """Ask over TLS, with the certificate checked, and judge the answer by the contract."""
    trust = ssl.create_default_context(cafile=str(gateway[1] / "certificate.pem"))
    with closing(http.client.HTTPSConnection("127.0.0.1", gateway[0], timeout=30, context=trust)) as line:
        line.sock = trust.wrap_socket(
            socket.create_connection(("127.0.0.1", gateway[0]), timeout=30), server_hostname="advice.example.org"
        )
        line.request(method, path, body, headers or {})
        answer = line.getresponse()
        response = Response(answer.read(), answer.status, answer.getheaders())
    mistakes = mistakes_in(method, path.partition("?")[0], response)
    assert [] == [mistake for mistake in mistakes if mistake != ONLY_THE_SERVICE_KNOWS]
    return response


def until_refused(gateway: Gateway, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Response:
    """Ask until the gateway refuses; every answer before that is advice."""
    for _ in range(200):
        response = ask(gateway, method, path, body, headers)
        if response.status_code != 200:
            return response
    pytest.fail("the gateway let 200 requests through")


@pytest.mark.slow
@pytest.mark.parametrize(("language", "other"), [("nl", "en"), ("en", "nl")])
def test_too_many_requests_are_refused_as_the_contract_says(gateway: Gateway, language: str, other: str) -> None:
    headers = {**JSON, "Accept-Language": f"{language}, {other};q=0.5"}

    refused = until_refused(gateway, "POST", ADVICE, b'{"goals": []}', headers)

    words = BY_STATUS[429].words[language]
    problem: Any = refused.get_json()
    assert (429, "application/problem+json") == (refused.status_code, refused.mimetype)
    assert ("1", language) == (refused.headers["Retry-After"], refused.headers["Content-Language"])
    assert {
        "type": BY_STATUS[429].type,
        "title": words.title,
        "status": 429,
        "detail": words.detail,
        "instance": f"urn:uuid:{refused.headers['X-Request-Id']}",
    } == problem
    assert SECURITY.items() <= dict(refused.headers).items()

    time.sleep(int(refused.headers["Retry-After"]))

    assert 200 == ask(gateway, "POST", ADVICE, b'{"goals": []}', headers).status_code


@pytest.mark.slow
def test_a_made_up_key_gets_nobody_past_the_limit(gateway: Gateway) -> None:
    answers = [
        ask(gateway, "GET", "/v1/goals", headers={"X-API-Key": f"made-up-{number}"}).status_code
        for number in range(100)
    ]

    assert 429 in answers


@pytest.mark.slow
def test_batches_have_a_limit_of_their_own(gateway: Gateway) -> None:
    refused = until_refused(gateway, "POST", BATCH, b'{"profile": {"goals": []}}\n', LINES)

    assert (429, "10") == (refused.status_code, refused.headers["Retry-After"])
    assert 200 == ask(gateway, "POST", ADVICE, b'{"goals": []}', JSON).status_code


@pytest.mark.slow
def test_a_service_that_is_away_is_a_problem_with_a_time_to_try_again(gateway_alone: Gateway) -> None:
    refused = ask(gateway_alone, "POST", ADVICE, b'{"goals": []}', {**JSON, "Accept-Language": "en"})

    assert (503, "5") == (refused.status_code, refused.headers["Retry-After"])
    assert BY_STATUS[503].words["en"].detail == refused.get_json()["detail"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("POST", ADVICE, b" " * (2**20 + 2), JSON, 413),
        ("POST", ADVICE, b" " * (3 * 2**20), JSON, 413),
        ("GET", ADVICE + "?goals=" + "a" * 9000, None, {}, 414),
        ("GET", ADVICE + "?goals=" + "a" * 20000, None, {}, 414),
        ("GET", "/metrics", None, {}, 404),
        ("GET", "/gateway/problem", None, {}, 404),
        ("GET", "/nothing", None, {}, 404),
    ],
)
def test_what_is_refused_is_a_problem_whoever_refuses_it(
    gateway: Gateway, method: str, path: str, body: bytes | None, headers: dict[str, str], status: int
) -> None:
    refused = ask(gateway, method, path, body, {**headers, "Accept-Language": "en"})

    problem: Any = refused.get_json()
    assert (status, BY_STATUS[status].type) == (refused.status_code, problem["type"])
    language = "nl" if status == 414 else "en"  # the headers come after the line that is too long
    assert BY_STATUS[status].words[language].title == problem["title"]


@pytest.mark.slow
def test_reloads_of_the_service_are_not_noticed_through_the_gateway(certificate: Path, tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    with (
        serving(log) as (address, pid),
        running(certificate, tmp_path, address.removeprefix("http://"), NEVER_REACHED) as gateway,
        ThreadPoolExecutor(4) as pool,
    ):
        asked = [pool.submit(ask, gateway, "POST", ADVICE, b'{"goals": []}', JSON) for _ in range(200)]
        for reload in range(1, 4):
            os.kill(pid, signal.SIGHUP)
            while log.read_text(encoding="utf-8").count("The rule base answers.") <= reload:
                time.sleep(0.1)
            asked += [pool.submit(ask, gateway, "POST", ADVICE, b'{"goals": []}', JSON) for _ in range(40)]

    assert {200} == {one.result().status_code for one in asked}


@pytest.mark.slow
def test_what_clients_send_is_not_in_the_logs_of_the_gateway(gateway: Gateway) -> None:
    for _ in range(70):
        ask(gateway, "GET", f"{ADVICE}?goals=product-ideas", headers={"User-Agent": "of-a-client"})
    ask(gateway, "GET", f"{ADVICE}?goals=of-a-client")

    written = {file.name: file.read_text(encoding="utf-8") for file in gateway[1].glob("*.log")}

    assert f"GET {ADVICE} 200" in written["access.log"]
    assert f"GET {ADVICE} 429" in written["access.log"]
    assert not [name for name, text in written.items() if re.search("product-ideas|of-a-client", text)]


@pytest.mark.slow
def test_the_gateway_speaks_no_old_tls(gateway: Gateway) -> None:
    old = ssl.create_default_context(cafile=str(gateway[1] / "certificate.pem"))
    old.set_ciphers("DEFAULT@SECLEVEL=0")  # else this side would refuse first
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", gateway[0]), timeout=30) as line,
        pytest.raises(ssl.SSLError) as refused,
    ):
        old.wrap_socket(line, server_hostname="advice.example.org")

    assert "PROTOCOL_VERSION" in str(refused.value)
    assert 200 == ask(gateway, "GET", "/v1/goals").status_code


def test_the_gateway_speaks_with_the_words_of_the_service() -> None:
    text = (NGINX / "advisor.conf").read_text(encoding="utf-8")
    said = {
        (what, slug, language): words
        for what in ("title", "detail")
        for slug, language, words in re.findall(
            r'"([a-z-]+) (nl|en)" "(.*)";', text.partition(f"$advisor_{what} {{")[2].partition("\n}")[0]
        )
    }

    assert {(what, slug, language) for what, slug, language in said} == {
        (what, slug, language)
        for what in ("title", "detail")
        for slug in re.findall(r"^  \d{3} ([a-z-]+);", text, re.MULTILINE)
        for language in ("nl", "en")
    }
    assert said == {
        (what, slug, language): getattr(BY_SLUG[slug].words[language], what) for what, slug, language in said
    }
    assert f"add_header API-Version {API_VERSION} always;" in text
