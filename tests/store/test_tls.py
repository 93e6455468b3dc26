"""Who can't prove to be the store gets nothing."""

from __future__ import annotations

import socket
import ssl
import threading
import warnings
from datetime import UTC, datetime

import pytest
import trustme

from iscbridge.core.licensing.model import AnswerKind
from support.store_server import alive, raw, server_context

CODE = "PL0123456789"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
AGO = datetime(2021, 1, 1, tzinfo=UTC)


def refused(answer, server):
    assert answer.kind is AnswerKind.FAILED
    assert answer.error.code == "ISCB-STORE-TLS"
    assert answer.error.params["host"] == "localhost"
    assert answer.error.params["detail"]
    assert server.connections >= 1
    assert server.seen == []


def test_a_certificate_of_another_authority(serve, connect):
    server = serve(alive(CODE), context=server_context(trustme.CA()))
    refused(connect(server.url).heartbeat(CODE), server)


def test_a_certificate_for_another_name(serve, connect, ca):
    server = serve(alive(CODE), context=server_context(ca, "mkt.example"))
    refused(connect(server.url).heartbeat(CODE), server)


def test_a_certificate_that_has_expired(serve, connect, ca):
    server = serve(alive(CODE), context=server_context(ca, not_before=LONG_AGO, not_after=AGO))
    refused(connect(server.url).heartbeat(CODE), server)


def test_without_a_file_the_system_decides_and_it_does_not_know_a_test_authority(serve, connect):
    server = serve(alive(CODE))
    refused(connect(server.url, ca_file=None).heartbeat(CODE), server)


def test_a_file_replaces_the_system_s_authorities_and_does_not_add_to_them(serve, connect, ca, monkeypatch):
    other = trustme.CA()
    with other.cert_pem.tempfile() as path:
        monkeypatch.setenv("SSL_CERT_FILE", path)
        server = serve(alive(CODE), context=server_context(other))
        refused(connect(server.url).heartbeat(CODE), server)


def test_old_protocol_versions(serve, connect, ca):
    context = server_context(ca)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that they are old is the point
        context.minimum_version = ssl.TLSVersion.TLSv1_1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    server = serve(alive(CODE), context=context)
    refused(connect(server.url).heartbeat(CODE), server)


def test_a_server_without_tls(connect):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            sock, _ = listener.accept()
            with sock:
                sock.sendall(b"HTTP/1.1 400 No TLS\r\n\r\n")
                sock.recv(65536)

        thread = threading.Thread(target=answer)
        thread.start()
        result = connect(f"https://localhost:{listener.getsockname()[1]}").heartbeat(CODE)
        thread.join()
    assert result.error.code == "ISCB-STORE-TLS"


def test_a_server_that_leaves_in_the_handshake_is_not_reachable(connect):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            sock, _ = listener.accept()
            sock.recv(65536)
            sock.close()

        thread = threading.Thread(target=answer)
        thread.start()
        result = connect(f"https://localhost:{listener.getsockname()[1]}").heartbeat(CODE)
        thread.join()
    assert result.error.code == "ISCB-STORE-UNREACHABLE"


def test_the_next_domain_may_prove_itself(serve, connect):
    liar = serve(alive(CODE), context=server_context(trustme.CA()))
    honest = serve(alive(CODE))
    assert connect(liar.url, honest.url).heartbeat(CODE).kind is AnswerKind.ALIVE
    assert liar.seen == []


def test_of_two_troubles_the_certificate_is_told(serve, connect, no_such_name):
    server = serve(alive(CODE), context=server_context(trustme.CA()))
    answer = connect(no_such_name, server.url).heartbeat(CODE)
    assert answer.error.code == "ISCB-STORE-TLS"


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_ca_file_that_is_none_opens_nothing(serve, connect, tmp_path, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    server = serve(alive(CODE))
    answer = connect(server.url, ca_file=path).heartbeat(CODE)
    assert (answer.kind, answer.error.code) == (AnswerKind.FAILED, "ISCB-STORE-TLS")
    assert server.connections == 0


@pytest.mark.parametrize("switch", [False, True, 0, object()])
def test_there_is_no_switch(connect, switch):
    with pytest.raises(TypeError):
        connect("https://localhost:1", ca_file=switch)


def test_an_empty_path_is_no_switch_either(serve, connect):
    server = serve(raw(b""))
    assert connect(server.url, ca_file="").heartbeat(CODE).error.code == "ISCB-STORE-TLS"
    assert server.connections == 0
