"""A server that nobody can trust."""

import ssl
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 that nobody vouches for."""
    from benchmarks import far_away  # here, for outside the tree there are none, nor the tests that need this

    file = Path(tmp_path_factory.mktemp("tls")) / "self-signed.pem"
    file.write_bytes(b"".join(far_away.certificate()))
    return file


@pytest.fixture(scope="session")
def self_signed(certificate: Path) -> ssl.SSLContext:
    """Server side of TLS for 127.0.0.1, with that certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def vouched(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Client side of TLS that takes that certificate, for aiohttp too."""
    context = ssl.create_default_context(cafile=certificate)
    context.set_alpn_protocols(("http/1.1",))
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", context)
    return context
