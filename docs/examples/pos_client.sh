#!/bin/sh
# The same by curl: AGENT=127.0.0.1:8770 KEY=sk_… sh pos_client.sh COUPON
set -eu
AGENT=${AGENT:-127.0.0.1:8770}

# Repeats itself after no answer, 408, 429 and 5xx, with the same headers: so with the same key.
call() {
    path=$1; shift
    curl -sS --noproxy '*' --retry 7 --retry-all-errors --retry-max-time 60 \
        -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' "$@" "http://$AGENT/api/v1/$path"
}
field() { grep -o "\"$1\":\"\\{0,1\\}[^\",}]*" | head -n 1 | sed 's/.*[":]//'; }

order='"till":"T1","cashier":"1001","lines":[{"sku":"A001","quantity":2,"unit_price_fen":6000}],"coupons":["'$1'"]'
key=$(cat /proc/sys/kernel/random/uuid)

call scans -d "{\"code\":\"$1\"}"; echo
payable=$(call quotes -d "{$order}" | field payable_fen)
sold=$(call sales -H "Idempotency-Key: $key" \
    -d "{$order,\"tenders\":[{\"kind\":\"cash\",\"amount_fen\":$payable}]}")
case $sold in *'"recorded":true'*) ;; *) echo "not sold: $sold" >&2; exit 1 ;; esac
state=$(call "sales/$(echo "$sold" | field sale_id)" | field state)
echo "sold: $(echo "$sold" | field receipt) $payable fen, $state"
