"""Receipts of every kind: where in the journal a sale, a refund or a closing is told."""

from agent.store.sqlite import Connection


def seq_of(db: Connection, subject: str) -> int | None:
    """Return the place of the sale, refund or closed shift with the id `subject`, None if none."""
    row = db.execute(
        "SELECT seq FROM sale WHERE sale_id = :id UNION ALL "
        "SELECT seq FROM refund WHERE refund_id = :id UNION ALL "
        "SELECT closed_seq FROM shift WHERE shift_id = :id AND closed_seq IS NOT NULL",
        {"id": subject},
    ).fetchone()
    return row[0] if row else None


_OF_NUMBER = """
SELECT seq FROM sale WHERE till = :till AND receipt_no = :number AND seq > 0 UNION ALL
SELECT seq FROM refund WHERE till = :till AND receipt_no = :number AND seq > 0 UNION ALL
SELECT seq FROM sale WHERE till = :till AND receipt_no = :number AND seq < 0 UNION ALL
SELECT seq FROM refund WHERE till = :till AND receipt_no = :number AND seq < 0
"""


def seqs_of_number(db: Connection, till: str, receipt_no: int) -> list[int]:
    """Return the places of the till's sales and refunds with this receipt number, the newest first.

    One, unless a number was given again before HQ told how far the PC before this one had come.
    """
    rows = db.execute(_OF_NUMBER, {"till": till, "number": receipt_no})
    return sorted((row[0] for row in rows), reverse=True)


def prints(db: Connection, subject: str) -> int:
    """Return how many papers of a sale or refund came out of the printer."""
    row = db.execute(
        "SELECT count(*) FROM print_job WHERE subject = ? AND state = 'printed'", (subject,)
    ).fetchone()
    return int(row[0])
