"""What stands on the papers of a till: receipts, refunds, shift reports, the test page."""
