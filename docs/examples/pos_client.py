"""A POS in forty lines: AGENT=127.0.0.1:8770 KEY=sk_… python3 pos_client.py COUPON"""

import json
import os
import sys
import time
import uuid
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

AGENT = os.environ.get("AGENT", "127.0.0.1:8770")
HEADERS = {"Authorization": "Bearer " + os.environ["KEY"], "Content-Type": "application/json"}
OPENER = build_opener(ProxyHandler({}))  # a proxy would read the key


def call(path, order=None, key=None):
    """Ask until there is an answer: with the same key a write happens once, however often sent."""
    headers = HEADERS | ({"Idempotency-Key": key} if key else {})
    body = None if order is None else json.dumps(order).encode()
    request = Request(f"http://{AGENT}/api/v1/{path}", body, headers)
    for wait in (0.2, 0.5, 1, 2, 5, 10, 30):
        try:
            with OPENER.open(request, timeout=10) as answer:
                return json.load(answer)
        except HTTPError as error:
            problem = json.load(error)
            if error.code not in (429, 503, 507) and problem["code"] != "still_running":
                sys.exit(f"{problem['code']}: {problem.get('detail')}")
            time.sleep(float(error.headers.get("Retry-After", wait)))
        except (OSError, HTTPException):
            time.sleep(wait)  # no answer: it may be recorded or not, so the same again
    sys.exit("no answer: is the agent running? Send the same with the same key later.")


coupon, key = sys.argv[1], str(uuid.uuid4())  # keep the key with the sale before you send it
print("scan:", call("scans", {"code": coupon})["verdict"]["sentence"]["en"])
sale = {"till": "T1", "cashier": "1001", "coupons": [coupon]}
sale["lines"] = [{"sku": "A001", "quantity": 2, "unit_price_fen": 6000}]
sale["tenders"] = [{"kind": "cash", "amount_fen": call("quotes", sale)["payable_fen"]}]
sold = call("sales", sale, key)
if not sold["recorded"]:
    sys.exit("not sold: " + sold["coupons"][0]["sentence"]["en"])
state = call("sales/" + sold["sale_id"])["state"]
print("sold:", sold["receipt"], sold["payable_fen"], "fen,", state)
