"""What each problem code means and what to do: the pages behind a problem's `type`."""

from aiohttp import web

from agent.base.problem import ProblemError

PAGES: dict[str, str] = {
    "already_reversed": "This redemption was taken back before. Nothing more to do.",
    "amount_too_large": "The basket's sum is beyond what one sale may be. Check prices.",
    "api_key_missing": "Send Authorization: Bearer <key>. Make one: store-agent api-key add NAME.",
    "api_key_unknown": "The key counts for nothing here. Make a new one: store-agent api-key add.",
    "bad_request": "The HTTP request itself is malformed.",
    "basket_empty": "There is nothing in the basket of this till to be held.",
    "basket_not_empty": "Sell, hold or clear the till's basket before recalling another one.",
    "body_incomplete": "The connection or the body broke off: send it again with the same key.",
    "body_too_large": "The body is longer than any order needs.",
    "body_too_slow": "The body did not come whole in time: send it again with the same key.",
    "busy": "Too many requests wait. Send the same request with the same key after Retry-After.",
    "cashier_exists": "The number is taken: choose another, or set-pin for a new PIN.",
    "code_charset": "A scanned code holds characters that can't be printed: check the scanner.",
    "code_empty": "The scanned code is empty: scan again.",
    "code_too_long": "A code has at most 1,024 bytes: this is something else.",
    "commit_unknown": "It may be recorded or not. Send the same request with the same key again.",
    "content_encoding": "Send the body as it is: no Content-Encoding.",
    "content_type": "Send Content-Type: application/json.",
    "event_too_large": "The sale is too large for one event: fewer or shorter lines.",
    "given_too_little": "The cash handed over is less than the amount it pays.",
    "given_without_cash": "given_fen is the cash handed over by the customer; leave it out here.",
    "host_not_allowed": "The Host header is not in api.allowed_hosts of the settings.",
    "idempotency_key_invalid": "1 to 64 letters, digits, '_', '.', ':', '-'. A UUID is good.",
    "idempotency_key_missing": "Send Idempotency-Key: <a new UUID> with each new write.",
    "idempotency_key_reused": "The key was used for another request. Take a new UUID.",
    "internal": "A fault of the agent. Its log says more: journalctl -u store-agent.",
    "invalid_request": "A field is missing, unknown or out of its limits: the detail names it.",
    "json_duplicate_key": "An object names a key twice; which one is meant can't be told.",
    "json_float": "Money and counts are integers (fen, pieces): no fraction, no exponent.",
    "json_malformed": "The body is not JSON.",
    "json_not_a_number": "NaN and Infinity are not JSON.",
    "json_not_utf8": "The body is not UTF-8.",
    "json_number_too_long": "A number is beyond what every JSON reader keeps exact (2^53 - 1).",
    "json_surrogate": "A string holds half a surrogate pair.",
    "json_too_deep": "More levels of nesting than any order has.",
    "line_named_twice": "Name each line of the sale once, with all of its pieces that come back.",
    "method_not_allowed": "The route is right, the method is not: see the Allow header.",
    "mode_unknown": "Store-Agent-Mode is 'training' or not sent at all.",
    "no_session": "This is for a person signed in at the till page; an API key has no session.",
    "no_such_article": "Head office never told of this article. GET articles?query= finds others.",
    "not_approved": "A supervisor has to give number and PIN first: POST approvals.",
    "not_found": "There is no such route. See /openapi.json.",
    "not_held": "No such basket is held: it was recalled or discarded. GET …/held lists them.",
    "not_your_till": "A session acts for its own till and cashier only.",
    "nothing_left_to_refund": "Everything of this sale was given back before. Nothing more to do.",
    "origin_not_allowed": "The Origin header is not in api.allowed_origins of the settings.",
    "pieces_not_left": "So many pieces are not left of that line: others came back before.",
    "pin_locked": "Too many wrong PINs. Wait Retry-After seconds, or: store-agent cashier unlock.",
    "pin_too_simple": "Not 0000, 1234 or the like: whoever guesses begins with these.",
    "redemption_belongs_to_sale": "The coupon made the sum of a sale: refund the sale.",
    "role_needed": "The person signed in may not do this; a supervisor may.",
    "sale_pruned": "The sale is past its retention here; head office has it. Refund it by hand.",
    "session_ended": "Signed out, or somebody else signed in at this till. Sign in again.",
    "session_locked": "Nobody touched the till for a while. Unlock with the PIN.",
    "sign_in_refused": "No cashier has this number and PIN. After a few wrong ones it is locked.",
    "still_running": "The first request with this key still runs. Ask again shortly.",
    "storage_full": "The store PC's disk is full; nothing was recorded. Make room, then repeat.",
    "store_unreadable": "The database can't be read just now. Try again; see the agent's log.",
    "tenders_do_not_match": "The tenders must come to exactly payable_fen. Ask POST quotes first.",
    "too_many_held": "No more baskets can be held in this store. Recall or discard some.",
    "unknown_article": "The article is not known here: give unit_price_fen.",
    "unknown_cashier": "No cashier has this number: store-agent cashier list.",
    "unknown_member": "The member is not known in this store.",
    "unknown_redemption": "No such redemption was made in this store.",
    "unknown_sale": "No such sale was made in this store.",
    "write_failed": "Nothing was recorded. Send the same request with the same key again.",
}


async def problem_page(request: web.Request) -> web.StreamResponse:
    """`GET /problems/{code}`: the page of a code, as plain text."""
    code = request.match_info["code"]
    if code not in PAGES:
        raise ProblemError(404, "not_found", "no such problem code")
    return web.Response(text=f"{code}\n\n{PAGES[code]}\n")
