"""TLS in front of head office, with a root certificate of one's own: nginx, as the guide has it."""

from tests.booted.documents import settings
from tests.booted.head_office import HeadOffice
from tests.booted.network import HQ_ADDRESS, NOBODYS_ADDRESS
from tests.booted.store_pc import StorePc

NAME, STAND_BY = "hq.example.com", "hq-4g.example.com"
URL, STAND_BY_URL = f"https://{NAME}", f"https://{STAND_BY}"
WALLET_URL = URL
_PAGE = "store-it/head-office.md"
_ROOT = "/etc/store-agent/hq-root.pem"
_CERTIFICATES = f"""\
cd /etc/ssl
ec="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc"
openssl req -x509 $ec -days 30 -subj '/CN=Root of the chain' -keyout root.key -out root.pem \
  -addext keyUsage=critical,keyCertSign,cRLSign
openssl req $ec -subj '/CN={NAME}' -keyout private/{NAME}.key -out hq.csr \
  -addext subjectAltName=DNS:{NAME},DNS:{STAND_BY} -addext extendedKeyUsage=serverAuth
openssl x509 -req -in hq.csr -CA root.pem -CAkey root.key -days 30 -copy_extensions copyall \
  -out {NAME}.pem
"""
_HQ = f"""\
[server]
urls = ["{URL}", "{STAND_BY_URL}"]

[wallet]
url = "{WALLET_URL}"
"""


def put_up(hq: HeadOffice) -> None:
    """From now on head office is reached over TLS alone; it listens on loopback."""
    run = hq.machine.run
    run(f"set -e\n{_CERTIFICATES}")
    run(f"cat >/etc/nginx/sites-enabled/default <<'T'\n{settings(_PAGE, 'server {')}T")
    run(f"cat >/etc/store-hq/hq.toml.d/network.toml <<'T'\n{_HQ}T")
    run("nginx -t -q; systemctl restart nginx store-hq")


def believe(pc: StorePc, hq: HeadOffice) -> None:
    """Let a PC find head office by its name, and believe the chain's root."""
    pc.machine.run(f"cat >{_ROOT} <<'T'\n{hq.machine.run('cat /etc/ssl/root.pem')}T")
    pc.write_settings("tls", f'[hq]\nca_file = "{_ROOT}"\n')
    point(pc, main=True)


def point(pc: StorePc, *, main: bool) -> None:
    """Which of head office's two names leads to it; the other leads to nobody."""
    there, nowhere = (NAME, STAND_BY) if main else (STAND_BY, NAME)
    hosts = f"127.0.0.1 localhost\n{HQ_ADDRESS} {there}\n{NOBODYS_ADDRESS} {nowhere}\n"
    pc.machine.run(f"printf '{hosts}' >/etc/hosts")
