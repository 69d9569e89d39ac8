"""The stand-in for the service behind TLS and a relay that holds everything back: far away, on this machine.

`python -m benchmarks.far_away FILE` writes its certificate to the file, prints its port and goes on until its input
ends.
"""

import asyncio
import ssl
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from .delay import delaying
from .server import Connection, prepared_answers


def certificate() -> tuple[bytes, bytes]:
    """Return a key and a certificate for 127.0.0.1, good for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), made.public_bytes(Encoding.PEM)


def server_side(file: Path) -> ssl.SSLContext:
    """Return the server's side of TLS; its certificate is written to *file*."""
    key, public = certificate()
    file.write_bytes(public)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with tempfile.NamedTemporaryFile() as both:
        both.write(key + public)
        both.flush()
        context.load_cert_chain(both.name)
    return context


async def serve(context: ssl.SSLContext) -> None:
    """Serve on a free port of this machine until the input ends."""
    loop, answers = asyncio.get_running_loop(), prepared_answers()
    server = await loop.create_server(lambda: Connection(answers), "127.0.0.1", 0, ssl=context)
    async with server, delaying(server.sockets[0].getsockname()[1]) as port:
        print(port, flush=True)
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(server_side(Path(sys.argv[1]))))
