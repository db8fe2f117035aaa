"""Whose certificates are believed of head office: those of the system, and a root of its own."""

import ssl


def tls_context(ca_file: str) -> ssl.SSLContext:
    """Return what verifies head office's certificate and name; `ca_file` (PEM) adds to the system's
    roots, empty for none. OSError, of which ssl.SSLError is one, if the file can't be used."""
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
    return context
