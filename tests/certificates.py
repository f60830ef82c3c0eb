"""A certificate authority of our own."""

import ssl
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.plumbing import clock

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Authority:
    """Who vouches for servers, and for 127.0.0.1 alone."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    directory: Path

    @classmethod
    def made(cls, directory: Path) -> "Authority":
        """Make an authority whose certificate and whose server's lie in the directory."""
        directory.mkdir()
        key, name = ec.generate_private_key(ec.SECP256R1()), named(directory.name)
        usage = x509.BasicConstraints(ca=True, path_length=0)
        certificate = began(name, name, key).add_extension(usage, critical=True).sign(key, hashes.SHA256())
        authority = cls(key, certificate, directory)
        authority.ca.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        authority.vouch_for_this_machine()
        return authority

    @property
    def ca(self) -> Path:
        """What clients are to trust."""
        return self.directory / "ca.pem"

    @property
    def chain(self) -> Path:
        """The server's certificate."""
        return self.directory / "server.pem"

    @property
    def secret(self) -> Path:
        """The server's key."""
        return self.directory / "server.key"

    def vouch_for_this_machine(self) -> None:
        """Write the certificate and the key of a server at 127.0.0.1."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        started = began(named("server"), self.certificate.subject, key).add_extension(names, critical=False)
        certificate = started.sign(self.key, hashes.SHA256())
        self.chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        self.secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    def context(self) -> ssl.SSLContext:
        """Return what a server presents."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.secret)
        return context


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def began(whose: x509.Name, by: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = clock.now()
    return (
        x509.CertificateBuilder()
        .subject_name(whose)
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
    )
